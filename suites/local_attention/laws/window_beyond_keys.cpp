// Law: a window as wide as the keys is no window: the same bits as full causal attention, however much wider it is.
// It holds because a mask changes what is summed, not how. It fails for code that treats "no window" apart, with other tiles.
#include <string>

#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

template <class Op> void ask(Inquiry& inquiry, const Apply<Op>& apply) {
  for (const int queries : {67, 30}) {
    constexpr int keys = 67;
    attention::Problem p{.heads = 2, .kv_heads = 1, .queries = queries, .keys = keys};
    Owned<Op> full(p, inquiry.seed);
    apply(p, full.args);
    for (const int window : {keys, keys + 1, 1000}) {
      p.window = inquiry.broken == 1 && window == keys ? keys - 1 : inquiry.broken == 2 && window > keys ? window % keys + 1 : window;
      Owned<Op> windowed(p, inquiry.seed);
      apply(p, windowed.args);
      inquiry.check(
          bitwise(std::to_string(queries) + " queries, window " + std::to_string(window) + " of " + std::to_string(keys) + " keys",
                  differing_outputs(full, windowed)));
    }
  }
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{.name = "window-beyond-keys",
                            .statement = "with a window of all keys or more, every bit is that of full causal attention",
                            .broken_by = {"the window lacks one key", "windows wrap around at the number of keys"},
                            .ask = ask<AttentionFwd>});
ASSAY_LAW(Law<AttentionBwd>{.name = "window-beyond-keys",
                            .statement = "with a window of all keys or more, every bit of the gradients is that of full causal attention",
                            .broken_by = {"the window lacks one key", "windows wrap around at the number of keys"},
                            .ask = ask<AttentionBwd>});

} // namespace assay
