// One block per group, sums in double.
// Limit: a large group keeps one multiprocessor busy and leaves the others idle.
#include "kernels/optimizer/groups.cuh"
#include "reference/optimizer/sum_of_squares.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P> __global__ void __launch_bounds__(threads) sum_groups(const Chunk* table, const P* theta, float* sum_sq) {
  const Chunk group = table[blockIdx.x];
  const double sum = squares(group, theta);
  if (threadIdx.x == 0) sum_sq[group.group] = static_cast<float>(sum);
}

std::size_t scratch(const SumOfSquares::Problem& p) { return static_cast<std::size_t>(layout(p.tensors).groups) * sizeof(Chunk); }

void prepare(const SumOfSquares::Problem& p, const Launch& launch) {
  upload_table(reinterpret_cast<Chunk*>(launch.scratch.data()), layout(p.tensors), Unit::group, launch.stream);
}

template <class P> void run(const SumOfSquares::Problem& p, const SumOfSquares::Args<P>& a, const Launch& launch) {
  const auto* table = reinterpret_cast<const Chunk*>(launch.scratch.data());
  gpu::launch({blocks(layout(p.tensors).groups), threads, 0, launch.stream}, sum_groups<P>, table, a.theta, a.sum_sq);
}

template <class P> constexpr Variant<SumOfSquares, P> variant() {
  return {.name = "cuda_naive",
          .idea = "one block per group, sums in double",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<P>,
          .scratch = scratch,
          .prepare = prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
