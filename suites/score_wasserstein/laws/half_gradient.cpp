// Law: where the true score is zero, the implicit loss has half the gradient of the explicit one. Small integers and a power of two of
// points: both are exact.
#include <vector>

#include "reference/random.hpp"
#include "reference/score/score_loss_bwd.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using score::Matching;

void ask(Inquiry& inquiry, const Apply<ScoreLossBwd>& apply) {
  constexpr std::size_t points = 16, dim = 3;
  std::vector<double> s(points * dim), zero(s.size());
  fill_integers(key_of(inquiry.seed, "half gradient"), 0, 1, 8, s);
  std::vector<float> implicit(s.size()), exact(s.size());
  ScoreLossBwd::Args<> of_implicit{s.data(), nullptr, nullptr, implicit.data()}, of_exact{s.data(), zero.data(), nullptr, exact.data()};
  apply({.kind = Matching::implicit, .levels = 1, .points = points, .dim = dim}, of_implicit);
  apply({.kind = Matching::exact, .levels = 1, .points = points, .dim = dim}, of_exact);
  std::int64_t differing = 0;
  for (std::size_t i = 0; i < s.size(); ++i) differing += implicit[i] * (inquiry.broken == 1 ? 1 : 2) != exact[i] ? 1 : 0;
  inquiry.check(bitwise("twice the implicit gradient, and the explicit one", differing));
}

} // namespace

ASSAY_LAW(Law<ScoreLossBwd>{.name = "half-gradient",
                            .statement = "where the true score is zero, the implicit loss has half the gradient of the explicit one",
                            .broken_by = {"without the half"},
                            .ask = ask});

} // namespace assay
