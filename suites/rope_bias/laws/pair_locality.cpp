// Law: a NaN stays in its pair. It reaches neither other pairs of its row nor other rows, whatever vectors they share.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split})
    for (const int element : {0, 5, 31, 35}) { // the last one passes
      Call clean({.tokens = 5, .heads = 3, .kv_heads = 1, .dim = 48, .rotary = 32, .pairing = pairing, .start = 9}, storage, inquiry.seed);
      Call spoilt = clean;
      constexpr int row = 7; // of 15
      spoilt.q[row * 48 + static_cast<std::size_t>(element)] = std::nan("");
      clean.run(apply), spoilt.run(apply);
      const Pairing expected = (pairing == Pairing::half_split) != (inquiry.broken == 1) ? Pairing::half_split : Pairing::interleaved;
      const auto in_pair = [&](int e) {
        if (inquiry.broken == 2) return true;
        if (element >= 32) return e == element;
        for (int i = 0; i < 16; ++i)
          if (const auto [first, second] = pair_at(expected, 32, i); first == element || second == element)
            return e == first || e == second;
        return false;
      };
      std::int64_t wrong = differing(clean.k_out, spoilt.k_out);
      for (std::size_t i = 0; i < clean.q_out.size(); ++i) {
        const bool should = i / 48 == row && in_pair(static_cast<int>(i % 48));
        wrong += should ? !std::isnan(spoilt.q_out[i]) : clean.q_out[i] != spoilt.q_out[i];
      }
      inquiry.check(bitwise(std::string(name_of(pairing)) + (element < 32 ? ": a NaN that turns" : ": a NaN that passes"), wrong));
    }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "pair-locality",
                       .statement = "a NaN spoils its pair and nothing else",
                       .broken_by = {"pairs of the other kind", "the whole row, as its norm would be spoilt"},
                       .ask = ask});

} // namespace assay
