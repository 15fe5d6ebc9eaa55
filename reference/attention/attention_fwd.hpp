// Windowed causal attention, forward: o and the log-sum-exp of each row. attention.hpp has the formulas.
//
// Bound. u = Numerics::add, e = Numerics::exp, u_o = Numerics::store, u_p = Numerics::operand (of weights that are rounded before they are
// multiplied, 0 if they are not); gamma(k) = k u / (1 - k u), chains through growth(k); m_i the largest score of the row.
//   score    delta = gamma(growth(d) + 4) |c r_i| sum_l |q_il k_jl| + 3 u |b| + u |s|: products and sums of the dot product; c, r and their
//            products; b to two units and its addition. |b| of a sandwich is lambda d / 2, the size of its terms.
//   weight   eta = delta + 4 u (m_i - s_ij) + (T + 1) (e + u): the difference to the maximum is rounded and scaled; T factors when the
//            maximum moves, which a variant may do once in 16 keys: T = 2 + |V| / 16
//   rho = sum_j P expm1(eta):   |do_ie| <= sum_j P expm1(eta) |v_je - o_ie| / (1 - rho) + (2 gamma(growth(|V|)) + u_p + 2 u) sum_j P |v_je|
//            + |V| 2^-126 max |v|, and to the unit u_o of storage on top. Weights P e^z with |z| <= eta, normalised, differ from P by at
//            most the first term; then come the two sums, and weights below 2^-126, which may be flushed (below 2^-25 as operands in fp16).
//   |dL| <= -ln(1 - rho) + gamma(growth(|V|)) + 2 u |ln l| + u (|m| + |L|)
// A row with a visible score of NaN or +inf has o = NaN; its L is NaN for NaN, undecidable for +inf, and for a row whose scores are all
// -inf so is everything. A visible value of NaN or infinity gives what its weight times it gives, undecidable where the weight may be
// flushed.
#pragma once

#include <vector>

#include "reference/attention/attention.hpp"
#include "reference/op.hpp"

namespace assay {

struct AttentionFwd {
  static constexpr std::string_view name = "attention_fwd";
  using Problem = attention::Problem;
  template <class T = double> struct Args {
    const T *q, *k, *v;         // [B, H, n, d], [B, G, N, d], [B, G, N, e], or with positions before heads
    const float* bias;          // [H, parameters]
    const float* row_scale;     // [B, n], or nothing
    const std::int32_t* length; // [B] valid keys, 0 ... N, or nothing
    T* o;                       // [B, H, n, e], laid out like q
    float* lse;                 // [B, H, n]
  };
  static void axes(auto& p, auto&& v) { attention::axes_of(p, v); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("q", a.q, shape(p, p.heads, p.queries, p.dim));
    v.in("k", a.k, shape(p, p.kv_heads, p.keys, p.dim));
    v.in("v", a.v, shape(p, p.kv_heads, p.keys, p.value_dim));
    v.in("bias", a.bias, {p.heads, attention::parameters_of(p)});
    v.in("row_scale", a.row_scale, {p.row_scale ? p.batch : 0, p.queries});
    v.in("length", a.length, {p.padded ? p.batch : 0});
    v.out("o", a.o, shape(p, p.heads, p.queries, p.value_dim));
    v.out("lse", a.lse, {p.batch, p.heads, p.queries});
  }
  static std::vector<std::int64_t> shape(const Problem& p, std::int64_t heads, std::int64_t positions, std::int64_t width) {
    if (p.layout == attention::Layout::bhsd) return {p.batch, heads, positions, width};
    return {p.batch, positions, heads, width};
  }
  static std::string refuse(const Problem& p) { return attention::refuse(p); }
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
