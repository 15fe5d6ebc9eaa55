// One pass: the differences mu - x of a few components stay in registers, where they make the distance and then the sum, so that a pair of
// point and component takes three operations a dimension (four with a diagonal, whose distance is a product of mu - x and S^-1 (mu - x)).
// In long rows a few lanes share a point. The largest exponent moves once for the components together; in long rows warps look first
// whether a lane needs that, and whether any has a weight. Limit: how many instructions are issued; dimensions are filled up to 4, 8, 16
// or 64. Factors of covariances are left to cuda_naive.
#include "kernels/device/logarithm.hpp"
#include "kernels/score/mixture.cuh"
#include "kernels/score/neighbours.cuh"

namespace assay {
namespace {

constexpr int tile = 64; // components in shared memory

// Where the largest exponent starts: finite, so that one of -inf, of a component too far away, gives no weight instead of NaN.
constexpr float least = std::numeric_limits<float>::lowest();

// The largest exponent m moves only where it rises by more than this, so that few moves touch a weight that counts. Of the bound's error of
// an exponent l, what three exponentials of 5 u and 4 u (m - l) leave: after n moves at least (n - 1) rise lie between l and the last m.
// The n + 1 exponentials take 4 u each, the differences u (m - l + 2 rise) ln 2, the logarithm at the end 4 u ln 2. One move: 8 + 2.8 + 2.8
// of 15 u; each further one: 4 of 3 rise ln 2 = 4.2 u.
constexpr float rise = 2;

// For rows of up to `wide` numbers. lanes: that share a point, each has every lanes-th four of its dimensions; group: components together;
// resident: blocks of a multiprocessor that registers are to leave room for. Those of 8 and 64 were chosen on an H200: several points a
// thread save instructions, and take longer with the fewer warps that there are registers for; large blocks bring long means less often.
template <int wide> struct Shape;
template <> struct Shape<4> { static constexpr int lanes = 1, group = 4, threads = 128, resident = 6; };
template <> struct Shape<8> { static constexpr int lanes = 1, group = 4, threads = 128, resident = 6; };
template <> struct Shape<16> { static constexpr int lanes = 1, group = 4, threads = 128, resident = 4; };
template <> struct Shape<64> { static constexpr int lanes = 2, group = 1, threads = 256, resident = 2; };

using Four = Neighbours<4, float>;

struct alignas(16) Scalars {
  float c, half, trace, all; // all: precision of isotropic ones
};

template <int wide, bool diagonal> struct Shared {
  alignas(16) float mean[tile][wide];
  alignas(16) float precision[diagonal ? tile : 1][wide];
  Scalars own[tile];
};

// `count` components; up to `padded` follow copies of the last, with exponents of -inf.
template <int wide, bool diagonal> __device__ void bring(const Mixture& m, int first, int count, int padded, Shared<wide, diagonal>& to) {
#pragma unroll 1
  for (unsigned i = threadIdx.x; i < static_cast<unsigned>(padded * wide); i += Shape<wide>::threads) {
    const int k = static_cast<int>(i / wide), e = static_cast<int>(i % wide);
    const std::int64_t at = static_cast<std::int64_t>(first + min(k, count - 1)) * m.dim + e;
    to.mean[k][e] = e < m.dim ? m.mean[at] : 0;
    if constexpr (diagonal) to.precision[k][e] = e < m.dim ? m.precision[at] : 0;
  }
  const int t = static_cast<int>(threadIdx.x), k = first + min(t, count - 1);
  if (t < padded) to.own[t] = {t < count ? m.c[k] : -INFINITY, m.half[k], m.trace[k], diagonal ? 0 : m.precision[k]};
}

template <int lanes> __device__ float over_lanes(float sum) {
#pragma unroll
  for (int step = 1; step < lanes; step *= 2) sum += __shfl_xor_sync(gpu::whole_warp, sum, step);
  return sum;
}

// Sum of `count` products, in `chains` that need not wait for one another.
template <int count> __device__ float dot(const float* x, const float* y) {
  constexpr int chains = count >= 32 ? 4 : 1;
  float sum[chains];
#pragma unroll
  for (int i = 0; i < count; ++i) sum[i % chains] = i < chains ? x[i] * y[i] : fmaf(x[i], y[i], sum[i % chains]);
#pragma unroll
  for (int i = 1; i < chains; ++i) sum[0] += sum[i];
  return sum[0];
}

template <class T> __device__ void put(const Four& from, T* to) {
  Neighbours<4, T>::at(to) = {{gpu::narrowed<T>(from[0]), gpu::narrowed<T>(from[1]), gpu::narrowed<T>(from[2]), gpu::narrowed<T>(from[3])}};
}

template <class T, int wide, bool diagonal, bool divergent>
__global__ void __launch_bounds__(Shape<wide>::threads, Shape<wide>::resident - (diagonal || divergent ? 1 : 0))
    scores(Mixture m, int points, const T* x, T* s, float* log_density, float* divergence) {
  constexpr int lanes = Shape<wide>::lanes, group = Shape<wide>::group, own_dims = wide / lanes, fours = own_dims / 4;
  constexpr bool votes = lanes > 1;
  auto& shared = gpu::shared<Shared<wide, diagonal>>();
  const int d = m.dim, part = static_cast<int>(threadIdx.x) % lanes;
  const std::int64_t point = (static_cast<std::int64_t>(blockIdx.x) * Shape<wide>::threads + threadIdx.x) / lanes;
  const bool here = point < points; // a lane without one goes with the last
  const auto dim = [part](int i) { return (i / 4 * lanes + part) * 4 + i % 4; };

  float at[own_dims], sums[own_dims], most = least, sum = 0, second = 0;
  x += (here ? point : points - 1) * d;
  if (d == wide) {
#pragma unroll
    for (int c = 0; c < fours; ++c) {
      const auto some = Neighbours<4, T>::at(x + dim(4 * c));
#pragma unroll
      for (int e = 0; e < 4; ++e) at[4 * c + e] = some[e];
    }
  } else {
#pragma unroll
    for (int i = 0; i < own_dims; ++i) at[i] = dim(i) < d ? gpu::widened(x[dim(i)]) : 0;
  }
#pragma unroll
  for (int i = 0; i < own_dims; ++i) sums[i] = 0;

  for (int k0 = 0, count = *m.count; k0 < count; k0 += tile) {
    const int some = min(count - k0, tile), padded = (some + group - 1) / group * group;
    if (k0 > 0) __syncthreads(); // the components before are not read any more
    bring(m, k0, some, padded, shared);
    __syncthreads();
#pragma unroll 1
    for (int k = 0; k < padded; k += group) {
      float u[group][own_dims], q[group], weight[group], now = 0; // u: isotropic, without its precision
#pragma unroll
      for (int g = 0; g < group; ++g) {
        float z[own_dims];
#pragma unroll
        for (int c = 0; c < fours; ++c) {
          const Four mean = Four::at(&shared.mean[k + g][dim(4 * c)]);
          Four precision{};
          if constexpr (diagonal) precision = Four::at(&shared.precision[k + g][dim(4 * c)]);
#pragma unroll
          for (int i = 4 * c; i < 4 * c + 4; ++i) {
            z[i] = mean[i % 4] - at[i];
            u[g][i] = diagonal ? z[i] * precision[i % 4] : z[i];
          }
        }
        q[g] = over_lanes<lanes>(dot<own_dims>(z, u[g]));
        weight[g] = fmaf(-shared.own[k + g].half, q[g], shared.own[k + g].c);
        now = g == 0 ? weight[g] : fmaxf(now, weight[g]);
      }
      const bool rises = now > most + rise;
      now = rises ? now : most;
      if (!votes || __any_sync(gpu::whole_warp, rises) != 0) {
        const float keep = gpu::exp2_approximate(most - now);
        sum *= keep;
        second *= keep;
#pragma unroll
        for (int i = 0; i < own_dims; ++i) sums[i] *= keep;
        most = now;
      }
      bool any = false; // NaN is one
#pragma unroll
      for (int g = 0; g < group; ++g) {
        weight[g] = gpu::exp2_approximate(weight[g] - now);
        any = any || weight[g] != 0;
      }
      if (votes && __any_sync(gpu::whole_warp, any) == 0) continue;
#pragma unroll
      for (int g = 0; g < group; ++g) {
        const Scalars own = shared.own[k + g];
        sum += weight[g];
        if constexpr (divergent) {
          const float u2 = diagonal ? over_lanes<lanes>(dot<own_dims>(u[g], u[g])) : own.all * q[g] * own.all;
          second = fmaf(weight[g], u2 - own.trace, second);
        }
        const float scaled = diagonal ? weight[g] : weight[g] * own.all;
#pragma unroll
        for (int i = 0; i < own_dims; ++i) sums[i] = fmaf(scaled, u[g][i], sums[i]);
      }
    }
  }

  const float share = 1 / sum;
#pragma unroll
  for (int i = 0; i < own_dims; ++i) sums[i] *= share;
  if constexpr (divergent) {
    const float square = over_lanes<lanes>(dot<own_dims>(sums, sums));
    if (here && part == 0) divergence[point] = share * second - square;
  }
  if (!here) return;
  if (log_density != nullptr && part == 0)
    log_density[point] = sum > 0 ? 0x1.62e43p-1f * (most + gpu::log2_approximate(sum)) : NAN; // no weight: not finite
  s += point * d;
  if (d == wide) {
#pragma unroll
    for (int c = 0; c < fours; ++c) put(Four{{sums[4 * c], sums[4 * c + 1], sums[4 * c + 2], sums[4 * c + 3]}}, s + dim(4 * c));
  } else {
#pragma unroll
    for (int i = 0; i < own_dims; ++i)
      if (dim(i) < d) s[dim(i)] = gpu::narrowed<T>(sums[i]);
  }
}

template <class T, int wide>
void launch_scores(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Mixture& m, const Launch& launch) {
  constexpr int threads = Shape<wide>::threads, each = threads / Shape<wide>::lanes;
  const auto isotropic = p.divergence ? scores<T, wide, false, true> : scores<T, wide, false, false>;
  const auto diagonal = p.divergence ? scores<T, wide, true, true> : scores<T, wide, true, false>;
  gpu::launch({static_cast<unsigned>((p.points + each - 1) / each), threads, 0, launch.stream},
              p.covariance == Covariance::diagonal ? diagonal : isotropic, m, p.points, a.x, a.s, p.log_density ? a.log_density : nullptr,
              a.divergence);
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
          .idea = "points in registers, differences made once, several components at a time",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const GmmScore::Problem& p) { return p.dim <= 64 && p.covariance != Covariance::cholesky; },
          .scratch = mixture_bytes};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
