// Neighbouring lanes share a point, four dimensions each where rows are of fours, so that loads are of whole lines; a block sums four
// rounds of points, and a second launch adds these sums in their order. Limit: memory bandwidth, 2 sizeof(T) bytes an element (sliced: 3),
// where fp64 additions are not slower than one for 8 bytes.
#include "kernels/score/losses.cuh"

namespace assay {
namespace {

constexpr int rounds = 4;

// Five blocks of a multiprocessor: left alone, the compiler aims at six and spills.
template <class T, int count> __global__ void __launch_bounds__(threads, 5) sum_block(Points<T> p, int lanes, double* partials) {
  const int each = threads / lanes, t = static_cast<int>(threadIdx.x);
  double sum = 0;
  for (int round = 0; round < rounds; ++round)
    sum += terms<count>(p, p.first() + (static_cast<std::int64_t>(blockIdx.x) * rounds + round) * each + t / lanes, t % lanes, lanes);
  sum = block_sum(sum);
  if (t == 0) partials[blockIdx.y * gridDim.x + blockIdx.x] = sum;
}

// Of the level blockIdx.x; thread t takes every 256th sum.
__global__ void __launch_bounds__(threads) fold(const double* partials, int blocks, int points, float* loss) {
  double sum = 0;
#pragma unroll 8
  for (int b = static_cast<int>(threadIdx.x); b < blocks; b += threads) sum += partials[static_cast<int>(blockIdx.x) * blocks + b];
  sum = block_sum(sum);
  if (threadIdx.x == 0) loss[blockIdx.x] = static_cast<float>(sum / points);
}

int blocks_of(const ScoreLoss::Problem& p) {
  const std::int64_t share = std::int64_t{threads} / lanes_for(p.dim) * rounds;
  return static_cast<int>((p.points + share - 1) / share);
}

template <class T> void run(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, const Launch& launch) {
  auto* const partials = reinterpret_cast<double*>(launch.scratch.data());
  const int blocks = blocks_of(p);
  const auto levels = static_cast<unsigned>(p.levels);
  gpu::launch({dim3(static_cast<unsigned>(blocks), levels), threads, 0, launch.stream},
              together_for(p.dim) == 1 ? sum_block<T, 1> : sum_block<T, most_together>, points_of(p, a), lanes_for(p.dim), partials);
  gpu::launch({levels, threads, 0, launch.stream}, fold, partials, blocks, p.points, a.loss);
}

template <class T> constexpr Variant<ScoreLoss, T> variant() {
  return {.name = "cuda_rows",
          .idea = "neighbouring lanes share a point; sums of blocks added in their order",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = grid_holds,
          .scratch = [](const ScoreLoss::Problem& p) { return static_cast<std::size_t>(p.levels * blocks_of(p)) * sizeof(double); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
