// Law: where numbers stand in memory changes no bit of the results.
#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

using attention::Layout;

// Arrays of one role, those of four extents into the other layout; broken: they keep the places of their numbers.
template <class Op> void copy(const Owned<Op>& from, Owned<Op>& to, Role role, bool broken) {
  for (std::size_t k = 0; k < from.arrays.size(); ++k) {
    const Array& a = from.arrays[k];
    if (a.role != role) continue;
    for (std::int64_t i = 0; i < elements(a); ++i) {
      std::int64_t at = i;
      if (a.shape.size() == 4 && !broken) {
        const std::int64_t width = a.shape[3], inner = a.shape[2], outer = a.shape[1], row = i / width;
        at = ((row / inner / outer * inner + row % inner) * outer + row / inner % outer) * width + i % width;
      }
      store(a.type, data_of(to.arrays[k]), at, load(a.type, data_of(a), i));
    }
  }
}

template <class Op> void ask(Inquiry& inquiry, const Apply<Op>& apply) {
  attention::Problem p{.batch = 2, .heads = 4, .kv_heads = 2, .queries = 37, .keys = 45, .window = 20, .padded = true};
  Owned<Op> heads_first(p, inquiry.seed);
  apply(p, heads_first.args);
  p.layout = Layout::bshd;
  Owned<Op> positions_first(p, inquiry.seed), back(heads_first.p, inquiry.seed);
  copy(heads_first, positions_first, Role::in, inquiry.broken == 1);
  apply(p, positions_first.args);
  copy(positions_first, back, Role::out, inquiry.broken == 2);
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
