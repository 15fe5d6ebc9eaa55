// Arrays of both directions of attention, filled as in the cases.
#pragma once

#include <vector>

#include "reference/attention/attention_bwd.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay::attention {

inline std::size_t count(const Problem& p, int heads, int positions, int width) {
  return static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(heads) * static_cast<std::size_t>(positions) *
         static_cast<std::size_t>(width);
}

struct Arrays {
  explicit Arrays(const Problem& problem, Fill fill = Fill::normal)
      : p(problem),
        q(count(p, p.heads, p.queries, p.dim)),
        k(count(p, p.kv_heads, p.keys, p.dim)),
        v(count(p, p.kv_heads, p.keys, p.value_dim)),
        o(count(p, p.heads, p.queries, p.value_dim)),
        d_o(o.size()),
        lse(count(p, p.heads, p.queries, 1)),
        d_lse(lse.size()),
        bias(static_cast<std::size_t>(p.heads * parameters_of(p))),
        row_scale(p.row_scale ? count(p, 1, p.queries, 1) : 0),
        length(p.padded ? static_cast<std::size_t>(p.batch) : 0) {
    AttentionBwd::Args<> args = backward();
    AttentionBwd::fill(p, args, fill, Random{7});
  }
  AttentionFwd::Args<> forward() const {
    return {q.data(), k.data(), v.data(), bias.data(), row_scale.data(), length.data(), nullptr, nullptr};
  }
  AttentionBwd::Args<> backward() const {
    return {q.data(),         k.data(),      v.data(), o.data(), d_o.data(), lse.data(), d_lse.data(), bias.data(),
            row_scale.data(), length.data(), nullptr,  nullptr,  nullptr,    nullptr,    nullptr};
  }
  std::vector<Truth> attend() const { return AttentionFwd::truth(p, forward(), numerics::f64, {}); }

  Problem p;
  std::vector<double> q, k, v, o, d_o;
  std::vector<float> lse, d_lse, bias, row_scale;
  std::vector<std::int32_t> length;
};

} // namespace assay::attention
