// What a query row brings to every key in the backward pass, found once per row: D = do . o - dlse and its log-sum-exp in base 2, in two
// floats, since rounding log2(e) L to one would err by |L| and not by |s - L|.
#pragma once

#include "kernels/attention/sizes.cuh"

namespace assay {
namespace {

struct __align__(16) Row {
  float high, low; // log2(e) L
  float d;         // D
  float scale;     // r
};

constexpr int row_threads = 128, rows_of_block = row_threads / static_cast<int>(gpu::warp);

// A warp per row.
template <class T> __global__ void __launch_bounds__(row_threads)
    find_rows(Sizes z, const T* o, const T* d_o, const float* lse, const float* d_lse, const float* row_scale, Row* rows) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * rows_of_block + threadIdx.x / gpu::warp;
  if (at >= std::int64_t{z.batch} * z.heads * z.queries) return;
  const int query = static_cast<int>(at % z.queries), lane = static_cast<int>(threadIdx.x % gpu::warp);
  const std::int64_t of = at / z.queries;
  const int head = static_cast<int>(of % z.heads), batch = static_cast<int>(of / z.heads);
  const std::int64_t from = z.o.row(batch, head, query);
  float sum = 0;
  for (int e = lane; e < z.value_dim; e += static_cast<int>(gpu::warp)) sum = fmaf(widened(d_o[from + e]), widened(o[from + e]), sum);
  for (int apart = static_cast<int>(gpu::warp) / 2; apart > 0; apart /= 2) sum += __shfl_xor_sync(gpu::whole_warp, sum, apart);
  if (lane != 0) return;
  const double base_2 = log2_e * static_cast<double>(lse[at]);
  const float high = static_cast<float>(base_2);
  rows[at] = {high, isinf(high) ? 0 : static_cast<float>(base_2 - static_cast<double>(high)), sum - d_lse[at],
              row_scale == nullptr ? 1 : row_scale[std::int64_t{batch} * z.queries + query]};
}

template <class T, class Args> void find_rows(const Sizes& z, const Args& a, Row* rows, void* stream) {
  gpu::launch({blocks(std::int64_t{z.batch} * z.heads * z.queries, rows_of_block), row_threads, 0, stream}, find_rows<T>, z, on_device(a.o),
              on_device(a.d_o), a.lse, a.d_lse, a.row_scale, rows);
}

} // namespace
} // namespace assay
