// Gradients of rope_fwd: the rows turn back, and a bias gets the sum of its rows.
//   d_q = e R^T d_q_out, d_k alike (rope.hpp);   d_q_bias[h] = sum over batches and tokens of d_q[h], before it is rounded to storage
//
// Bound of a sum of N = B n rows: gamma(growth(k)) sum |d_q| plus the sum of the elements' own errors, and N 2^-126 u for underflow.
// k, the most additions that a term passes, is the contract of every sum here: 64 rows in a running sum, then these sums in order,
//   k = min(N, 64 + ceil(N / 64)),
// or slices of these sums, each in order, then the slices in order: s slices of l sums are l + s - 2 additions for a term, and in order it
// passes at least l (s - 1), since the last slice is not empty.
// No atomics: what a gradient is does not depend on which block comes first.
#pragma once

#include <algorithm>
#include <vector>

#include "reference/op.hpp"
#include "reference/rope/rope.hpp"

namespace assay {

namespace rope {

inline constexpr std::int64_t rows_of_sum = 64; // of one running sum
inline std::int64_t sums_of(std::int64_t rows) { return (rows + rows_of_sum - 1) / rows_of_sum; }
inline double additions(std::int64_t rows) { return static_cast<double>(std::min(rows, rows_of_sum + sums_of(rows))); }

} // namespace rope

struct RopeBwd {
  static constexpr std::string_view name = "rope_bwd";
  using Problem = rope::Problem;
  template <class T = double> struct Args {
    const T *d_q_out, *d_k_out;   // [B, n, H, d], [B, n, G, d], or with heads before positions
    const std::int64_t* position; // [B, n], or nothing
    T *d_q, *d_k;                 // like d_q_out and d_k_out; may be these
    float *d_q_bias, *d_k_bias;   // [H, d], [G, d], or nothing
  };
  static void axes(auto& p, auto&& v) { rope::axes_of(p, v); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("d_q_out", a.d_q_out, shape_of(p, p.heads));
    v.in("d_k_out", a.d_k_out, shape_of(p, p.kv_heads));
    v.in("position", a.position, position_shape(p));
    v.out("d_q", a.d_q, shape_of(p, p.heads));
    v.out("d_k", a.d_k, shape_of(p, p.kv_heads));
    v.out("d_q_bias", a.d_q_bias, {p.bias ? p.heads : 0, p.dim});
    v.out("d_k_bias", a.d_k_bias, {p.bias ? p.kv_heads : 0, p.dim});
  }
  static std::string refuse(const Problem& p) { return rope::refuse(p); }
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
