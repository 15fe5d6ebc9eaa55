// One block for each level, one thread for each 256th point.
// Limit: as many multiprocessors as there are levels; loads of single numbers, a row apart.
#include "kernels/score/losses.cuh"

namespace assay {
namespace {

template <class T> __global__ void __launch_bounds__(threads) sum_points(Points<T> p, float* loss) {
  double sum = 0;
  for (std::int64_t first = p.first(); first < p.past(); first += threads) sum += terms<1>(p, first + threadIdx.x, 0, 1);
  sum = block_sum(sum);
  if (threadIdx.x == 0) loss[blockIdx.y] = static_cast<float>(sum / p.points);
}

template <class T> void run(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, const Launch& launch) {
  gpu::launch({dim3(1, static_cast<unsigned>(p.levels)), threads, 0, launch.stream}, sum_points<T>, points_of(p, a), a.loss);
}

template <class T> constexpr Variant<ScoreLoss, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one block for each level, one thread for each 256th point",
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
