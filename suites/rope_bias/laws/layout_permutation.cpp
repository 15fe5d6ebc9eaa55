// Law: halves are neighbours in another order. With Pi = first elements of all pairs, then second ones, half_split(Pi x) = Pi
// interleaved(x), if biases are permuted too: converters of checkpoints permute weights, and forget them.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

// Rows of `dim` from neighbours to halves.
template <class T> std::vector<T> permuted(const std::vector<T>& x, const Problem& p) {
  std::vector<T> y = x;
  const auto dim = static_cast<std::size_t>(p.dim);
  for (std::size_t row = 0; row < x.size(); row += dim)
    for (int i = 0; i < p.rotary / 2; ++i) {
      const auto [first, second] = pair_at(Pairing::half_split, p.rotary, i);
      y[row + static_cast<std::size_t>(first)] = x[row + static_cast<std::size_t>(2 * i)];
      y[row + static_cast<std::size_t>(second)] = x[row + static_cast<std::size_t>(2 * i + 1)];
    }
  return y;
}

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const bool xpos : {false, true}) {
    Call neighbours({.tokens = 5, .heads = 2, .kv_heads = 1, .dim = 48, .rotary = 32, .xpos = xpos, .start = 100}, storage, inquiry.seed);
    Call halves = neighbours;
    halves.problem.pairing = Pairing::half_split;
    halves.q = permuted(halves.q, halves.problem), halves.k = permuted(halves.k, halves.problem);
    if (inquiry.broken == 0) {
      halves.q_bias = permuted(halves.q_bias, halves.problem);
      halves.k_bias = permuted(halves.k_bias, halves.problem);
    }
    neighbours.run(apply), halves.run(apply);
    const std::vector<Truth> bounds = neighbours.truth(storage);
    Worst worst;
    for (const bool keys : {false, true}) {
      const std::vector<double>& got = keys ? halves.k_out : halves.q_out;
      const std::vector<double> want = permuted(keys ? neighbours.k_out : neighbours.q_out, halves.problem),
                                bound = permuted(bounds[keys ? 1 : 0].bound, halves.problem);
      for (std::size_t i = 0; i < got.size(); ++i) worst.see(got[i] - want[i], 2 * bound[i]);
    }
    inquiry.check(worst.check(xpos ? "xPos: halves of permuted rows" : "halves of permuted rows"));
  }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "layout-permutation",
                       .statement = "halves of permuted rows and biases are the permuted result of neighbours",
                       .broken_by = {"biases are not permuted"},
                       .ask = ask});

} // namespace assay
