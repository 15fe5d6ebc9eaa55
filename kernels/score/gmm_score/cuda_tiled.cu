// One thread for each point, which keeps x and s in registers; 16 components at a time stand in shared memory, where all threads read the
// same number, and share a move of the largest exponent. Rows come and go through shared memory, so that loads are of whole lines.
// Limit: additions and fused multiply-adds, 4 a pair of point and component for each dimension (isotropic); dimensions are filled up to 4,
// 8, 16 or 64. Factors of covariances are left to cuda_naive.
#include "kernels/score/mixture.cuh"
#include "kernels/score/neighbours.cuh"

namespace assay {
namespace {

constexpr int threads = 128, together = 16;

struct alignas(16) Scalars {
  float c, half, trace, all; // all: precision of isotropic ones
};

template <int wide, bool diagonal> struct Shared {
  static constexpr int pitch = wide + 1, pool_size = threads * pitch > 2 * together *threads ? threads *pitch : 2 * together *threads;
  alignas(16) float mean[together][wide];
  alignas(16) float inverse[diagonal ? together : 1][wide];
  alignas(16) float precision[diagonal ? together : 1][wide];
  Scalars own[together];
  float pool[pool_size]; // rows of points on their way; in between exponents, and |u|^2 - tr S^-1, of each thread
};

template <int wide, bool diagonal> __device__ void bring(const Mixture& m, int first, int count, Shared<wide, diagonal>& to) {
  const int t = static_cast<int>(threadIdx.x);
  for (int i = t; i < together * wide; i += threads) {
    const int k = i / wide, e = i % wide;
    const bool there = k < count && e < m.dim;
    const std::int64_t at = static_cast<std::int64_t>(first + k) * m.dim + e;
    to.mean[k][e] = there ? m.mean[at] : 0;
    if constexpr (diagonal) {
      to.inverse[k][e] = there ? m.inverse[at] : 0;
      to.precision[k][e] = there ? m.precision[at] : 0;
    }
  }
  if (t < count) to.own[t] = {m.c[first + t], m.half[first + t], m.trace[first + t], diagonal ? 0 : m.precision[first + t]};
}

// f(place in rows of `pitch`, place in memory) for `count` neighbouring elements at a time of `rows` rows.
template <int pitch, int count, class F> __device__ void for_elements(int rows, int d, const F& f) {
  constexpr int step = count * threads;
  const int t = static_cast<int>(threadIdx.x) * count, whole = step / d, rest = step % d;
  int row = t / d, e = t % d; // stepped: a division takes longer than a component
#pragma unroll 4
  for (int i = t; i < rows * d; i += step) {
    f(row * pitch + e, i);
    row += whole, e += rest;
    if (e >= d) e -= d, ++row;
  }
}

template <int pitch, int count, class T> __device__ void take_rows(const T* x, int rows, int d, float* pool) {
  for_elements<pitch, count>(rows, d, [&](int to, int from) {
    const auto some = Neighbours<count, T>::at(x + from);
#pragma unroll
    for (int k = 0; k < count; ++k) pool[to + k] = some[k];
  });
}

template <int pitch, int count, class T> __device__ void put_rows(const float* pool, int rows, int d, T* s) {
  for_elements<pitch, count>(rows, d, [&](int from, int to) {
    Neighbours<count, T> some;
#pragma unroll
    for (int k = 0; k < count; ++k) some.of[k] = gpu::narrowed<T>(pool[from + k]);
    Neighbours<count, T>::at(s + to) = some;
  });
}

template <class T, int wide, bool diagonal> __global__ void __launch_bounds__(threads)
    scores(Mixture m, int points, const T* x, T* s, float* log_density, float* divergence) {
  auto& shared = gpu::shared<Shared<wide, diagonal>>();
  constexpr int pitch = Shared<wide, diagonal>::pitch;
  const int t = static_cast<int>(threadIdx.x), d = m.dim;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * threads;
  const int here = static_cast<int>(points - first < threads ? points - first : threads);
  float* const row = shared.pool + t * pitch;
  const bool by_fours = together_for(d) == most_together;
  by_fours ? take_rows<pitch, most_together>(x + first * d, here, d, shared.pool)
           : take_rows<pitch, 1>(x + first * d, here, d, shared.pool);
  __syncthreads();
  float at[wide], sums[wide];
#pragma unroll
  for (int i = 0; i < wide; ++i) at[i] = t < here && i < d ? row[i] : 0, sums[i] = 0;

  float most = -INFINITY, sum = 0, second = 0;
  float *const weight = shared.pool + t, *const excess = shared.pool + together * threads + t;
  for (int k0 = 0, count = *m.count; k0 < count; k0 += together) {
    const int some = count - k0 < together ? count - k0 : together;
    __syncthreads(); // rows, or the components before, are not read any more
    bring(m, k0, some, shared);
    __syncthreads();
    float now = most;
#pragma unroll(wide <= 8 ? 4 : 1)
    for (int k = 0; k < some; ++k) {
      const Scalars own = shared.own[k];
      float q = 0, u2 = 0;
#pragma unroll
      for (int i = 0; i < wide; ++i) {
        float z = shared.mean[k][i] - at[i];
        if constexpr (diagonal) {
          z *= shared.inverse[k][i];
          const float u = z * shared.inverse[k][i];
          u2 = fmaf(u, u, u2);
        }
        q = fmaf(z, z, q);
      }
      const float exponent = fmaf(-own.half, q, own.c);
      if constexpr (!diagonal) u2 = own.all * q * own.all;
      weight[k * threads] = exponent;
      if (divergence != nullptr) excess[k * threads] = u2 - own.trace;
      now = fmaxf(now, exponent);
    }
    const float keep = gpu::exp2_approximate(most - now);
    most = now;
    sum *= keep;
    second *= keep;
#pragma unroll
    for (int i = 0; i < wide; ++i) sums[i] *= keep;
#pragma unroll(wide <= 8 ? 4 : 1)
    for (int k = 0; k < some; ++k) {
      const float w = gpu::exp2_approximate(weight[k * threads] - now), scaled = diagonal ? w : w * shared.own[k].all;
      sum += w;
      if (divergence != nullptr) second = fmaf(w, excess[k * threads], second);
#pragma unroll
      for (int i = 0; i < wide; ++i) {
        float u = shared.mean[k][i] - at[i];
        if constexpr (diagonal) u *= shared.precision[k][i];
        sums[i] = fmaf(scaled, u, sums[i]);
      }
    }
  }

  __syncthreads();
  float square = 0;
  const float share = 1 / sum;
#pragma unroll
  for (int i = 0; i < wide; ++i) {
    const float y = share * sums[i];
    square = fmaf(y, y, square);
    row[i] = y;
  }
  __syncthreads();
  by_fours ? put_rows<pitch, most_together>(shared.pool, here, d, s + first * d) : put_rows<pitch, 1>(shared.pool, here, d, s + first * d);
  if (t >= here) return;
  if (log_density != nullptr) log_density[first + t] = 0x1.62e43p-1f * (most + log2f(sum));
  if (divergence != nullptr) divergence[first + t] = share * second - square;
}

template <class T, int wide>
void launch_scores(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Mixture& m, const Launch& launch) {
  gpu::launch({static_cast<unsigned>((p.points + threads - 1) / threads), threads, 0, launch.stream},
              p.covariance == Covariance::diagonal ? scores<T, wide, true> : scores<T, wide, false>, m, p.points, a.x, a.s,
              p.log_density ? a.log_density : nullptr, p.divergence ? a.divergence : nullptr);
}

template <class T> void run(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Launch& launch) {
  if (p.points == 0) return;
  Carver carver(launch.scratch.data());
  const Mixture m(p, carver);
  launch_writers(m, a.weight, a.mean, a.factor, launch);
  if (p.dim <= 4) return launch_scores<T, 4>(p, a, m, launch);
  if (p.dim <= 8) return launch_scores<T, 8>(p, a, m, launch);
  if (p.dim <= 16) return launch_scores<T, 16>(p, a, m, launch);
  launch_scores<T, 64>(p, a, m, launch);
}

template <class T> constexpr Variant<GmmScore, T> variant() {
  return {.name = "cuda_tiled",
          .idea = "points in registers, 16 components at a time in shared memory",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const GmmScore::Problem& p) { return p.dim <= 64 && p.covariance != Covariance::cholesky; },
          .scratch =
              [](const GmmScore::Problem& p) {
                Carver carver(nullptr);
                const Mixture m(p, carver);
                return carver.used();
              }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
