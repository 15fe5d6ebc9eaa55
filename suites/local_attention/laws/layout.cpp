// Law: where numbers stand in memory changes no bit of the results.
#include <string>

#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

using attention::Layout;

// Arrays of four extents, in the other layout; `moved` = false leaves the numbers where they are.
template <class Op> void copy(const Owned<Op>& from, Owned<Op>& to, Role role, bool moved) {
  for (std::size_t k = 0; k < from.arrays.size(); ++k) {
    const Array &a = from.arrays[k], &b = to.arrays[k];
    if (a.role != role || a.type != Type::f64) continue;
    for (std::int64_t i = 0; i < elements(a); ++i) {
      const std::int64_t width = a.shape[3], inner = a.shape[2], outer = a.shape[1], row = i / width;
      const std::int64_t at = ((row / inner / outer * inner + row % inner) * outer + row / inner % outer) * width + i % width;
      store(Type::f64, data_of(b), moved ? at : i, load(Type::f64, data_of(a), i));
    }
  }
}

template <class Op> void ask(Inquiry& inquiry, const Apply<Op>& apply) {
  attention::Problem p{.batch = 2, .heads = 4, .kv_heads = 2, .queries = 37, .keys = 45, .window = 20, .padded = true};
  Owned<Op> heads_first(p, inquiry.seed);
  apply(p, heads_first.args);
  p.layout = Layout::bshd;
  Owned<Op> positions_first(p, inquiry.seed), back(heads_first.p, inquiry.seed);
  copy(heads_first, positions_first, Role::in, inquiry.broken != 1);
  for (std::size_t k = 0; k < heads_first.arrays.size(); ++k) // what has no layout
    if (const Array& a = heads_first.arrays[k]; a.role == Role::in && a.type != Type::f64)
      std::memcpy(data_of(positions_first.arrays[k]), data_of(a), static_cast<std::size_t>(elements(a) * size_of(a.type)));
  apply(p, positions_first.args);
  copy(positions_first, back, Role::out, inquiry.broken != 2);
  for (std::size_t k = 0; k < back.arrays.size(); ++k)
    if (const Array& a = positions_first.arrays[k]; a.role == Role::out && a.type != Type::f64)
      std::memcpy(data_of(back.arrays[k]), data_of(a), static_cast<std::size_t>(elements(a) * size_of(a.type)));
  inquiry.check(bitwise("positions before heads", differing_outputs(heads_first, back)));
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{.name = "layout",
                            .statement = "heads before positions or positions before heads: the same bits",
                            .broken_by = {"inputs keep their places", "outputs keep their places"},
                            .ask = ask<AttentionFwd>});
ASSAY_LAW(Law<AttentionBwd>{.name = "layout",
                            .statement = "heads before positions or positions before heads: the same bits of all gradients",
                            .broken_by = {"inputs keep their places", "outputs keep their places"},
                            .ask = ask<AttentionBwd>});

} // namespace assay
