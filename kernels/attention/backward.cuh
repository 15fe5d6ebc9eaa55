// What the variants of the backward pass share: their arrays, and what a query row brings to every key, found once per row.
#pragma once

#include "kernels/attention/sizes.cuh"
#include "kernels/carver.hpp"
#include "kernels/device/numbers.hpp"
#include "reference/attention/attention_bwd.hpp"

namespace assay {
namespace {

template <class T> struct Arrays {
  const T *q, *k, *v, *d_o;
  T *d_q, *d_k, *d_v;
  const std::int32_t* length;
  float scale; // c
};
template <class T> Arrays<T> arrays(const attention::Problem& p, const AttentionBwd::Args<T>& a) {
  return {a.q,
          a.k,
          a.v,
          a.d_o,
          a.d_q,
          a.d_k,
          a.d_v,
          extras(p, a.row_scale, a.length).length,
          static_cast<float>(p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale)};
}

// The log-sum-exp is kept in base 2 and in two floats: rounding log2(e) L to one would err by |L| and not by |s - L|. A weight is
// exp2(s - high - low), with s in base 2 too.
struct __align__(16) Row {
  float high, low;
  float d;     // do . o - dlse
  float scale; // r
};

// Queries that see key j: first ... past - 1; none where past <= first. j < length.
__device__ inline Range seen_by(const Sizes& s, int j) {
  const int query = j - (s.keys - s.queries); // at its position
  return {max(0, query), query + min(s.queries - query, s.window)};
}

inline unsigned blocks(std::int64_t items, std::int64_t each) { return static_cast<unsigned>((items + each - 1) / each); }
inline std::int64_t rows_of(const attention::Problem& p) { return std::int64_t{p.batch} * p.heads * p.queries; }

constexpr int row_threads = 128, rows_of_block = row_threads / static_cast<int>(gpu::warp);

// A warp per row.
template <class T> __global__ void __launch_bounds__(row_threads)
    find_rows(Sizes s, const T* o, const T* d_o, const float* lse, const float* d_lse, const float* row_scale, Row* rows) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * rows_of_block + threadIdx.x / gpu::warp, of = at / s.queries;
  if (at >= std::int64_t{s.batch} * s.heads * s.queries) return;
  const int i = static_cast<int>(at % s.queries), h = static_cast<int>(of % s.heads), b = static_cast<int>(of / s.heads);
  const int lane = static_cast<int>(threadIdx.x % gpu::warp);
  const std::int64_t from = s.o.at(b, h, i);
  float sum = 0;
  for (int e = lane; e < s.value_dim; e += static_cast<int>(gpu::warp))
    sum = fmaf(gpu::widened(d_o[from + e]), gpu::widened(o[from + e]), sum);
  for (int apart = static_cast<int>(gpu::warp) / 2; apart > 0; apart /= 2) sum += __shfl_xor_sync(gpu::whole_warp, sum, apart);
  if (lane != 0) return;
  const double base_2 = log2_e * static_cast<double>(lse[at]);
  const float high = static_cast<float>(base_2);
  rows[at] = {high, isinf(high) ? 0 : static_cast<float>(base_2 - static_cast<double>(high)), sum - d_lse[at],
              row_scale == nullptr ? 1 : row_scale[std::int64_t{b} * s.queries + i]};
}

template <class T> void find_rows(const attention::Problem& p, const AttentionBwd::Args<T>& a, Row* rows, void* stream) {
  gpu::launch({blocks(rows_of(p), rows_of_block), row_threads, 0, stream}, find_rows<T>, sizes(p), a.o, a.d_o, a.lse, a.d_lse,
              extras(p, a.row_scale, a.length).row_scale, rows);
}

} // namespace
} // namespace assay
