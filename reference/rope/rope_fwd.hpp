// Biases and rotary positions in one pass over queries and keys: what stands between their projection and attention.
// rope.hpp has formulas, sources and the bound of an element.
#pragma once

#include <vector>

#include "reference/op.hpp"
#include "reference/rope/rope.hpp"

namespace assay {

struct RopeFwd {
  static constexpr std::string_view name = "rope_fwd";
  using Problem = rope::Problem;
  template <class T = double> struct Args {
    const T *q, *k;               // [B, n, H, d], [B, n, G, d], or with heads before positions
    const float *q_bias, *k_bias; // [H, d], [G, d], or nothing
    const std::int64_t* position; // [B, n], or nothing
    T *q_out, *k_out;             // like q and k; may be q and k
  };
  static void axes(auto& p, auto&& v) { rope::axes_of(p, v); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("q", a.q, shape_of(p, p.heads));
    v.in("k", a.k, shape_of(p, p.kv_heads));
    v.in("q_bias", a.q_bias, {p.bias ? p.heads : 0, p.dim});
    v.in("k_bias", a.k_bias, {p.bias ? p.kv_heads : 0, p.dim});
    v.in("position", a.position, position_shape(p));
    v.out("q_out", a.q_out, shape_of(p, p.heads));
    v.out("k_out", a.k_out, shape_of(p, p.kv_heads));
  }
  static std::string refuse(const Problem& p) { return rope::refuse(p); }
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
