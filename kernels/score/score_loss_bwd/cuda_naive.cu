// One thread for each element; a sliced loss projects the point anew for each of its dimensions.
// Limit: memory bandwidth, but for sliced losses d loads an element.
#include "kernels/score/losses.cuh"

namespace assay {
namespace {

template <class T> __global__ void __launch_bounds__(threads) differentiate(Points<T> p, float share, float* d_s) {
  const std::int64_t at = p.first() * p.dim + static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x;
  if (at >= p.past() * p.dim) return;
  if (p.kind == Matching::sliced) {
    const std::int64_t first = at / p.dim * p.dim;
    float q = 0;
    for (int i = 0; i < p.dim; ++i) q = fmaf(gpu::widened(p.other[first + i]), gpu::widened(p.s[first + i]), q);
    d_s[at] = share * (q * gpu::widened(p.other[at]));
  } else {
    float r[1];
    residual(p, p.by(), at, r);
    d_s[at] = share * r[0];
  }
}

template <class T> void run(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a, const Launch& launch) {
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const auto blocks = static_cast<unsigned>((std::int64_t{p.points} * p.dim + threads - 1) / threads);
  gpu::launch({dim3(blocks, static_cast<unsigned>(p.levels)), threads, 0, launch.stream}, differentiate<T>, points_of(p, a),
              static_cast<float>((pair ? 2.0 : 1.0) / p.points), a.d_s);
}

template <class T> constexpr Variant<ScoreLossBwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one thread for each element",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = grid_holds};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
