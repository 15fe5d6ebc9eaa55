// Windowed causal attention, backward. attention.hpp has the forward formulas; o and lse are inputs, taken as they are given.
//   D_i = sum_e do_ie o_ie - dlse_i,  P_ij = exp(s_ij - L_i),  dP_ij = do_i . v_j,  dS_ij = P_ij (dP_ij - D_i)
//   dv_j = sum_i P_ij do_i,  dq_i = c r_i sum_j dS_ij k_j,  dk_j = sum_i c r_i dS_ij q_i;  dk and dv also over the H / G heads of a group
//   diagonal_h(t) = sum_{b, i} dS_{i, p - t},  dbias_{h, k} = sum_t diagonal_h(t) db_h(t) / dparameter_k
// Rows that see nothing (L = -inf) add nothing.
//
// Bound. Units as in attention_fwd.hpp, u_p also of P and dS before they are multiplied; u_o comes on top of all of d_q, d_k, d_v.
//   eta = delta + 2 u |L| + 3 u |s - L| + e + u: scores and L may be scaled by log2 e before or after their difference is taken
//   e_dP = gamma(growth(e) + 1) sum |do| |v|;  e_D = gamma(growth(e) + 2) (sum |do| |o| + |dlse|)
//   e_dS = |dS| expm1(eta) + P e^eta (e_dP + e_D + 3 u (|dP| + |D|)) + 2^-126 (|dP| + |D|)
//   |ddv| <= sum_i (P (expm1(eta) + u_p) + 2^-126) |do| + gamma(growth(K)) sum_i P |do|,  K the rows that see key j in all heads
//   |ddq| <= c r (sum_j (e_dS + u_p |dS| + 2^-126) |k| + (gamma(growth(|V|)) + 4 u) sum_j |dS| |k|),  |ddk| alike with |q|, over K rows
//   |ddiagonal| <= sum e_dS + gamma(growth(B n)) sum |dS|
//   |ddbias| <= sum_t |db| times that + gamma(growth(distances) + 5) sum_t |diagonal db|: g is stored, db good to three units
// 2^-126: what may be flushed; 2^-25 for operands in fp16. Where what is not finite meets a weight that may be flushed, nothing is decided.
// Derivation: arXiv 2205.14135, appendix B, for the formulas; the first-order bounds follow line by line.
#pragma once

#include <vector>

#include "reference/attention/attention.hpp"
#include "reference/attention/attention_fwd.hpp"
#include "reference/op.hpp"

namespace assay {

struct AttentionBwd {
  static constexpr std::string_view name = "attention_bwd";
  using Problem = attention::Problem;
  template <class T = double> struct Args {
    const T *q, *k, *v, *o, *d_o; // as in AttentionFwd; d_o like o
    const float *lse, *d_lse;     // [B, H, n]
    const float* bias;            // [H, parameters]
    const float* row_scale;       // [B, n], or nothing
    const std::int32_t* length;   // [B], or nothing
    T *d_q, *d_k, *d_v;           // like q, k, v
    float* diagonal;              // [H, distances], or nothing without bias
    float* d_bias;                // [H, parameters]
  };
  static void axes(auto& p, auto&& v) { attention::axes_of(p, v); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const auto shape = AttentionFwd::shape;
    v.in("q", a.q, shape(p, p.heads, p.queries, p.dim));
    v.in("k", a.k, shape(p, p.kv_heads, p.keys, p.dim));
    v.in("v", a.v, shape(p, p.kv_heads, p.keys, p.value_dim));
    v.in("o", a.o, shape(p, p.heads, p.queries, p.value_dim));
    v.in("d_o", a.d_o, shape(p, p.heads, p.queries, p.value_dim));
    v.in("lse", a.lse, {p.batch, p.heads, p.queries});
    v.in("d_lse", a.d_lse, {p.batch, p.heads, p.queries});
    v.in("bias", a.bias, {p.heads, attention::parameters_of(p)});
    v.in("row_scale", a.row_scale, {p.row_scale ? p.batch : 0, p.queries});
    v.in("length", a.length, {p.padded ? p.batch : 0});
    v.out("d_q", a.d_q, shape(p, p.heads, p.queries, p.dim));
    v.out("d_k", a.d_k, shape(p, p.kv_heads, p.keys, p.dim));
    v.out("d_v", a.d_v, shape(p, p.kv_heads, p.keys, p.value_dim));
    v.out("diagonal", a.diagonal, {p.heads, p.bias == attention::Bias::none ? 0 : attention::distances_of(p)});
    v.out("d_bias", a.d_bias, {p.heads, attention::parameters_of(p)});
  }
  static std::string refuse(const Problem& p) { return attention::refuse(p); }
  static void fill(const Problem&, Args<>&, Fill, Random); // o and lse from AttentionFwd::truth
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
