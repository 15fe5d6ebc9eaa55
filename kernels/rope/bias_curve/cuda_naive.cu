// One thread for each distance of a head; the angle is reduced in double.
// Limit: arithmetic in double, four instructions a pair in fp32 and all of them in fp64.
#include "kernels/rope/turn.cuh"
#include "reference/rope/bias_curve.hpp"

namespace assay {
namespace {

constexpr int threads = 256;

template <class T> __global__ void __launch_bounds__(threads)
    curve_of(int dim, bool half_split, std::int64_t first, int count, const double* theta, const T* a, const T* b, T* curve) {
  const int t = static_cast<int>(blockIdx.x * threads + threadIdx.x), h = static_cast<int>(blockIdx.y);
  if (t >= count) return;
  a += h * dim, b += h * dim;
  T sum = 0;
  for (int i = 0; i < dim / 2; ++i) {
    const int j = half_split ? i : 2 * i, k = half_split ? i + dim / 2 : 2 * i + 1;
    const Turned<T> by = turn<T>(static_cast<double>(first + t) * theta[i]);
    sum += (a[j] * b[j] + a[k] * b[k]) * by.cosine;
    sum += (a[j] * b[k] - a[k] * b[j]) * by.sine;
  }
  curve[static_cast<std::int64_t>(h) * count + t] = sum;
}

template <class T> void run(const BiasCurve::Problem& p, const BiasCurve::Args<T>& a, const Launch& launch) {
  const dim3 grid(static_cast<unsigned>((p.count + threads - 1) / threads), static_cast<unsigned>(p.heads));
  gpu::launch({grid, threads, 0, launch.stream}, curve_of<T>, p.dim, p.pairing == rope::Pairing::half_split, p.first, p.count,
              pairs_in(launch, p.dim).theta, a.a, a.b, a.curve);
}

template <class T> constexpr Variant<BiasCurve, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one thread for each distance, angles reduced in double",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const BiasCurve::Problem& p) { return pairs_bytes(p.dim); },
          .prepare = [](const BiasCurve::Problem& p, const Launch& launch) { upload_pairs(launch, p.dim, p.base); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<double>());

} // namespace assay
