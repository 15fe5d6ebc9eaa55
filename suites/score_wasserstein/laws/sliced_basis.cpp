// Law: over directions sqrt(d) e_i, for which the mean of v v^T is the identity, both sliced losses are the implicit one. d = 4 and small
// integers: nothing is rounded on the way in.
#include <vector>

#include "reference/random.hpp"
#include "reference/score/score_loss.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using score::Matching;

void ask(Inquiry& inquiry, const Apply<ScoreLoss>& apply) {
  constexpr std::size_t points = 16, dim = 4;
  const std::uint64_t key = key_of(inquiry.seed, "sliced basis");
  const double length = inquiry.broken == 1 ? 1 : 2;
  std::vector<double> s(points * dim), jacobian(points * dim * dim);
  fill_integers(key, 0, -8, 8, s);
  fill_integers(key, 1, -8, 8, jacobian);
  std::vector<float> divergence(points);
  std::vector<double> each(points * dim * dim), v(each.size()), product(each.size()); // a point once for each direction
  for (std::size_t i = 0; i < points; ++i)
    for (std::size_t k = 0; k < dim; ++k) {
      const std::size_t row = (i * dim + k) * dim;
      divergence[i] += static_cast<float>(jacobian[(i * dim + k) * dim + k]);
      v[row + k] = length;
      for (std::size_t e = 0; e < dim; ++e) {
        each[row + e] = s[i * dim + e];
        product[row + e] = length * jacobian[(i * dim + e) * dim + k];
      }
    }
  const auto loss = [&](const ScoreLoss::Problem& p, ScoreLoss::Args<> args, double& bound) {
    float y = 0;
    args.loss = &y;
    apply(p, args);
    bound = ScoreLoss::truth(p, args, inquiry.numerics, {})[0].bound[0];
    return static_cast<double>(y);
  };
  double bound = 0, other = 0;
  const double implicit = loss({.kind = Matching::implicit, .levels = 1, .points = points, .dim = dim},
                               {s.data(), nullptr, nullptr, nullptr, divergence.data(), nullptr}, bound);
  for (const Matching kind : {Matching::sliced, Matching::reduced}) {
    const double sliced = loss({.kind = kind, .levels = 1, .points = points * dim, .dim = dim},
                               {each.data(), v.data(), product.data(), nullptr, nullptr, nullptr}, other);
    inquiry.check(identity(std::string(name_of(kind)) + ": mean over the basis, and the implicit loss", sliced, implicit, bound + other));
  }
}

} // namespace

ASSAY_LAW(Law<ScoreLoss>{.name = "sliced-basis",
                         .statement = "over directions whose mean of v v^T is the identity, sliced losses are the implicit one",
                         .broken_by = {"directions of length 1"},
                         .ask = ask});

} // namespace assay
