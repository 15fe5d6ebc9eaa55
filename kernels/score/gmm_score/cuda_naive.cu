// One thread for each point, which goes through all components twice: for the largest exponent, then for the weights. What it keeps of a
// point stands in global memory.
// Limit: loads, two or three for each fused multiply-add.
#include "kernels/score/mixture.cuh"

namespace assay {
namespace {

constexpr int threads = 128;

// Columns of points, [d, n].
struct Kept {
  float *z, *s;
};

// Exponent of component k, and z of the point; |u|^2 is computed with u.
template <class T> __device__ float exponent(const Mixture& m, int k, const T* x, float* z, int stride) {
  const float* const mean = m.mean + static_cast<std::int64_t>(k) * m.dim;
  float q = 0;
  for (int i = 0; i < m.dim; ++i) {
    float y = 0;
    if (m.kind == static_cast<int>(Covariance::cholesky)) {
      const float* const l = m.inverse + (static_cast<std::int64_t>(k) * m.dim + i) * m.dim;
      for (int j = 0; j <= i; ++j) y = fmaf(l[j], mean[j] - gpu::widened(x[j]), y);
    } else {
      y = mean[i] - gpu::widened(x[i]);
      if (m.kind == static_cast<int>(Covariance::diagonal)) y *= m.inverse[static_cast<std::int64_t>(k) * m.dim + i];
    }
    z[static_cast<std::int64_t>(i) * stride] = y;
    q = fmaf(y, y, q);
  }
  return fmaf(-m.half[k], q, m.c[k]);
}

// u_i from z.
__device__ inline float pull(const Mixture& m, int k, int i, const float* z, int stride) {
  const std::int64_t at = static_cast<std::int64_t>(k) * m.dim + i;
  if (m.kind == static_cast<int>(Covariance::isotropic)) return m.precision[k] * z[static_cast<std::int64_t>(i) * stride];
  if (m.kind == static_cast<int>(Covariance::diagonal)) return m.inverse[at] * z[static_cast<std::int64_t>(i) * stride];
  float u = 0;
  for (int j = i; j < m.dim; ++j)
    u = fmaf(m.inverse[(static_cast<std::int64_t>(k) * m.dim + j) * m.dim + i], z[static_cast<std::int64_t>(j) * stride], u);
  return u;
}

template <class T> __global__ void __launch_bounds__(threads)
    scores(Mixture m, int points, Kept kept, const T* x, T* s, float* log_density, float* divergence) {
  const int at = static_cast<int>(blockIdx.x * threads + threadIdx.x), d = m.dim, count = *m.count;
  if (at >= points) return;
  x += static_cast<std::int64_t>(at) * d, s += static_cast<std::int64_t>(at) * d;
  float *const z = kept.z + at, *const sums = kept.s + at;
  float most = -INFINITY;
  for (int k = 0; k < count; ++k) most = fmaxf(most, exponent(m, k, x, z, points));
  for (int i = 0; i < d; ++i) sums[static_cast<std::int64_t>(i) * points] = 0;
  float sum = 0, second = 0;
  for (int k = 0; k < count; ++k) {
    const float w = gpu::exp2_approximate(exponent(m, k, x, z, points) - most);
    float u2 = 0;
    for (int i = 0; i < d; ++i) {
      const float u = pull(m, k, i, z, points);
      float& to = sums[static_cast<std::int64_t>(i) * points];
      to = fmaf(w, u, to);
      u2 = fmaf(u, u, u2);
    }
    second = fmaf(w, u2 - m.trace[k], second);
    sum += w;
  }
  float square = 0;
  for (int i = 0; i < d; ++i) {
    const float y = sums[static_cast<std::int64_t>(i) * points] / sum;
    square = fmaf(y, y, square);
    s[i] = gpu::narrowed<T>(y);
  }
  if (log_density != nullptr) log_density[at] = 0x1.62e43p-1f * (most + log2f(sum));
  if (divergence != nullptr) divergence[at] = second / sum - square;
}

struct Scratch {
  Carver carver;
  Mixture mixture;
  Kept kept;
  Scratch(const GmmScore::Problem& p, const void* memory) : carver(memory), mixture(p, carver) {
    kept = {carver.take<float>(std::int64_t{p.points} * p.dim), carver.take<float>(std::int64_t{p.points} * p.dim)};
  }
};

template <class T> void run(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Launch& launch) {
  if (p.points == 0) return;
  const Scratch at(p, launch.scratch.data());
  launch_writers(at.mixture, a.weight, a.mean, a.factor, launch);
  gpu::launch({static_cast<unsigned>((p.points + threads - 1) / threads), threads, 0, launch.stream}, scores<T>, at.mixture, p.points,
              at.kept, a.x, a.s, p.log_density ? a.log_density : nullptr, p.divergence ? a.divergence : nullptr);
}

template <class T> constexpr Variant<GmmScore, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one thread for each point, two passes over the components",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const GmmScore::Problem& p) { return Scratch(p, nullptr).carver.used(); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
