// One block, one thread for each 256th point.
// Limit: one multiprocessor; loads of single numbers, a row apart.
#include "kernels/score/losses.cuh"

namespace assay {
namespace {

template <class T> __global__ void __launch_bounds__(threads) sum_points(Points<T> p, float* loss) {
  double sum = 0;
  for (std::int64_t first = 0; first < p.points; first += threads) sum += terms(p, first + threadIdx.x, 0, 1);
  sum = block_sum(sum);
  if (threadIdx.x == 0) *loss = static_cast<float>(sum / p.points);
}

template <class T> void run(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, const Launch& launch) {
  gpu::launch({1u, threads, 0, launch.stream}, sum_points<T>, points_of(p, a), a.loss);
}

template <class T> constexpr Variant<ScoreLoss, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one block, one thread for each 256th point",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
