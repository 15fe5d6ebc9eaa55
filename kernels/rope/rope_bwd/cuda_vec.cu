// The same launch with angles negated, 64 tokens to a block, which adds them up in registers on the way. A second launch folds the sums of
// the blocks: eight slices of them, each in its order, then the eight in theirs.
// Limit: memory bandwidth, 2 sizeof(T) bytes an element; the partial sums are 4 bytes for every 64 rows.
#include "kernels/rope/vec.cuh"
#include "reference/rope/rope_bwd.hpp"

namespace assay {
namespace {

constexpr int rows = 8, stages = static_cast<int>(rope::rows_of_sum) / rows;
static_assert(rows % ahead == 0);

constexpr int slices = 8, fold_columns = gpu::warp;
struct Slices {
  float sum[slices][fold_columns];
};

// Partial sums of all blocks: a warp for each slice of them, a lane for each element of a bias.
__global__ void __launch_bounds__(slices* fold_columns)
    fold(const float* partials, int blocks, int columns, int of_queries, float* q, float* k) {
  auto& of = gpu::shared<Slices>();
  const int lane = static_cast<int>(threadIdx.x) % fold_columns, slice = static_cast<int>(threadIdx.x) / fold_columns;
  const int e = static_cast<int>(blockIdx.x) * fold_columns + lane;
  const int each = (blocks + slices - 1) / slices, end = min(blocks, (slice + 1) * each);
  float sum = 0;
  if (e < columns) {
#pragma unroll 8
    for (int b = slice * each; b < end; ++b) sum += partials[static_cast<std::int64_t>(b) * columns + e];
  }
  of.sum[slice][lane] = sum;
  __syncthreads();
  if (slice != 0 || e >= columns) return;
#pragma unroll
  for (int other = 1; other < slices; ++other) sum += of.sum[other][lane];
  if (e < of_queries)
    q[e] = sum;
  else
    k[e - of_queries] = sum;
}

std::int64_t columns(const RopeBwd::Problem& p) { return std::int64_t{p.heads + p.kv_heads} * p.dim; }
std::int64_t blocks(const RopeBwd::Problem& p) { return rope::sums_of(std::int64_t{p.batch} * p.tokens); }

std::size_t scratch(const RopeBwd::Problem& p) {
  return pairs_bytes(p.rotary) + (p.bias ? static_cast<std::size_t>(blocks(p) * columns(p)) * sizeof(float) : 0);
}

template <class T> void run(const RopeBwd::Problem& p, const RopeBwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  float* const partials = p.bias ? reinterpret_cast<float*>(launch.scratch.data() + pairs_bytes(p.rotary)) : nullptr;
  launch_rows<true, T>(s, {a.d_q_out, nullptr, a.d_q, s.q}, {a.d_k_out, nullptr, a.d_k, s.k}, a.position, rows, stages, partials, launch);
  if (!p.bias) return;
  const auto count = static_cast<int>(columns(p));
  gpu::launch({static_cast<unsigned>((count + fold_columns - 1) / fold_columns), slices * fold_columns, 0, launch.stream}, fold, partials,
              static_cast<int>(blocks(p)), count, p.heads * p.dim, a.d_q_bias, a.d_k_bias);
}

template <class T> constexpr Variant<RopeBwd, T> variant() {
  return {.name = "cuda_vec",
          .idea = "one pass that adds up in registers; sums of 64 tokens folded in a fixed order",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = scratch,
          .prepare = [](const RopeBwd::Problem& p, const Launch& launch) { upload_pairs(launch, p.rotary, p.base); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
