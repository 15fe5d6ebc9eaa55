// One warp for each query and head: a lane has one key of 32, and the values of those come one after another.
// Limit: the latency of loads. Every query reads its keys and values again, from L2 at best.
#include "kernels/attention/row.cuh"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

constexpr int threads = 128, rows = threads / static_cast<int>(gpu::warp);

template <class T> __global__ void __launch_bounds__(threads) attend(Sizes s, Arrays<T> a, BiasTerm bias) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * rows + threadIdx.x / gpu::warp;
  const std::int64_t all = static_cast<std::int64_t>(s.batch) * s.heads * s.queries;
  if (row >= all) return;
  const std::int64_t head = row / s.queries;
  attend_row(s, a, bias, static_cast<int>(head / s.heads), static_cast<int>(head % s.heads), static_cast<int>(row % s.queries));
}

template <class T> void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch) {
  const std::int64_t all = static_cast<std::int64_t>(p.batch) * p.heads * p.queries;
  const BiasTerm bias = bias_term(p, a.bias, launch.scratch.data(), launch.stream);
  gpu::launch({static_cast<unsigned>((all + rows - 1) / rows), threads, 0, launch.stream}, attend<T>, sizes(p),
              Arrays<T>{a.q, a.k, a.v, a.o, a.lse, extras(p, a.row_scale, a.length)}, bias);
}

template <class T> constexpr Variant<AttentionFwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one warp for each query and head",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = bias_scratch};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
