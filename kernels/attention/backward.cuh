// What the variants of the backward pass share: a launch, what a query row brings to every key, a pair of them, and rows of gradients that
// are summed straight from memory.
#pragma once

#include "kernels/attention/bias.cuh"
#include "kernels/carver.hpp"
#include "kernels/device/numbers.hpp"
#include "reference/attention/attention_bwd.hpp"

namespace assay {
namespace {

// The log-sum-exp is kept in base 2 and in two floats: rounding log2(e) L to one would err by |L| and not by |s - L|. A weight is
// 2^(s - high - low), with s in base 2 too. low = INFINITY: a row that adds nothing, because it sees nothing, or only scores of -INFINITY.
struct __align__(16) Row {
  float high, low;
  float d;     // do . o - dlse
  float scale; // r
};

__device__ inline bool adds_nothing(const Row& row) { return row.low == INFINITY; }

template <class T> struct Backward { // of a launch
  Sizes s;
  BiasTerm bias;
  float scale; // c
  const T *q, *k, *v, *d_o;
  T *d_q, *d_k, *d_v;
  const std::int32_t* length;
  const Row* rows; // [batch, head, query]

  __device__ std::int64_t row(int b, int h, int i) const { return (std::int64_t{b} * s.heads + h) * s.queries + i; }
};

inline unsigned blocks(std::int64_t items, std::int64_t each) { return static_cast<unsigned>((items + each - 1) / each); }
inline std::int64_t rows_of(const attention::Problem& p) { return std::int64_t{p.batch} * p.heads * p.queries; }

// Queries that see key j < length: first ... past - 1; none where past <= first.
__device__ inline Range seen_by(const Sizes& s, int j) {
  const int query = j - (s.keys - s.queries); // at its position
  return {max(0, query), query + min(s.queries - query, s.window)};
}

constexpr int row_threads = 128, rows_of_block = row_threads / static_cast<int>(gpu::warp);

// A warp per row.
template <class T> __global__ void __launch_bounds__(row_threads)
    find_row(Sizes s, const T* o, const T* d_o, const float* lse, const float* d_lse, const float* row_scale, Row* rows) {
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
  const bool nothing = high == -INFINITY;
  rows[at] = {nothing ? 0 : high,
              nothing       ? INFINITY
              : isinf(high) ? 0
                            : static_cast<float>(base_2 - static_cast<double>(high)),
              nothing ? 0 : sum - d_lse[at], row_scale == nullptr ? 1 : row_scale[std::int64_t{b} * s.queries + i]};
}

// Finds the rows and the biases; scratch: what the launch keeps.
template <class T>
Backward<T> backward(const attention::Problem& p, const AttentionBwd::Args<T>& a, Row* rows, void* bias_table, void* stream) {
  const Sizes s = sizes(p);
  const Extras given = extras(p, a.row_scale, a.length);
  gpu::launch({blocks(rows_of(p), rows_of_block), row_threads, 0, stream}, find_row<T>, s, a.o, a.d_o, a.lse, a.d_lse, given.row_scale,
              rows);
  const double scale = p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale;
  return {s,   bias_term(p, a.bias, bias_table, stream), static_cast<float>(scale), a.q, a.k, a.v, a.d_o, a.d_q, a.d_k, a.d_v, given.length,
          rows};
}

// Of a query and a key that it sees.
struct Pair {
  float weight, ds;
};
template <class T> __device__ Pair pair_of(const Backward<T>& f, int b, int h, int i, int j) {
  const Sizes& s = f.s;
  const T *const q = f.q + s.q.at(b, h, i), *const k = f.k + s.k.at(b, h / s.group, j);
  const T *const d_o = f.d_o + s.o.at(b, h, i), *const v = f.v + s.v.at(b, h / s.group, j);
  float dot = 0, dp = 0;
  for (int l = 0; l < s.dim; ++l) dot = fmaf(gpu::widened(q[l]), gpu::widened(k[l]), dot);
  for (int e = 0; e < s.value_dim; ++e) dp = fmaf(gpu::widened(d_o[e]), gpu::widened(v[e]), dp);
  const Row row = f.rows[f.row(b, h, i)];
  if (adds_nothing(row)) return {0, 0};
  const float score = fmaf(dot, s.scale * row.scale, term_of(f.bias, h, i + s.keys - s.queries - j));
  const float weight = gpu::exp2_approximate(score - row.high - row.low);
  return {weight, weight * (dp - row.d)};
}

// One row of a gradient by one warp, width <= 128: the sum of weight(m) x from(m)[column] over m of a range, 32 weights at a time, one for
// each lane. Written, and true, if any of it is not finite.
template <class T, class Weight, class From>
__device__ bool put_broken_row(T* to, float factor, int width, Range range, Weight weight, From from) {
  constexpr int warp = gpu::warp, columns = 4;
  const int lane = static_cast<int>(threadIdx.x) % warp;
  float sums[columns] = {};
  for (int first = range.first; first < range.past; first += warp) {
    const int count = min(warp, range.past - first);
    const float own = lane < count ? weight(first + lane) : 0;
#pragma unroll 1 // for rare rows: registers count more than time
    for (int m = 0; m < count; ++m) {
      const float w = __shfl_sync(gpu::whole_warp, own, m);
      const T* const row = from(first + m);
#pragma unroll
      for (int c = 0; c < columns; ++c)
        if (lane + c * warp < width) sums[c] = fmaf(w, gpu::widened(row[lane + c * warp]), sums[c]);
    }
  }
  bool broken = false;
  for (const float one : sums) broken = broken || !isfinite(one);
  if (__any_sync(gpu::whole_warp, broken) == 0) return false;
#pragma unroll
  for (int c = 0; c < columns; ++c)
    if (lane + c * warp < width) to[lane + c * warp] = gpu::narrowed<T>(sums[c] * factor);
  return true;
}

template <class T> __device__ bool put_broken_dq(const Backward<T>& f, int b, int h, int i) {
  const Sizes& s = f.s;
  return put_broken_row(
      f.d_q + s.q.at(b, h, i), f.scale * f.rows[f.row(b, h, i)].scale, s.dim, visible(s, i, length_of(s, f.length, b)),
      [&](int j) { return pair_of(f, b, h, i, j).ds; }, [&](int j) { return f.k + s.k.at(b, h / s.group, j); });
}

// dk where `of_key`, else dv. The queries of all heads of the group are one list.
template <bool of_key, class T> __device__ bool put_broken_dk_dv(const Backward<T>& f, int b, int kv_head, int j) {
  const Sizes& s = f.s;
  const Range by = seen_by(s, j);
  const int count = j < length_of(s, f.length, b) ? max(by.past - by.first, 0) : 0;
  const auto head = [&](int m) { return kv_head * s.group + m / count; };
  const auto query = [&](int m) { return by.first + m % count; };
  const auto weight = [&](int m) {
    const Pair pair = pair_of(f, b, head(m), query(m), j);
    return of_key ? pair.ds * f.rows[f.row(b, head(m), query(m))].scale : pair.weight;
  };
  const auto from = [&](int m) { return of_key ? f.q + s.q.at(b, head(m), query(m)) : f.d_o + s.o.at(b, head(m), query(m)); };
  return put_broken_row(of_key ? f.d_k + s.k.at(b, kv_head, j) : f.d_v + s.v.at(b, kv_head, j), of_key ? f.scale : 1,
                        of_key ? s.dim : s.value_dim, {0, s.group * count}, weight, from);
}

} // namespace
} // namespace assay
