// Law: the score of a mixture whose components have one covariance v I keeps to its certified one-sided constant,
// (s(x) - s(y)).(x - y) <= L |x - y|^2, and two equal components at m and -m come near it between the modes: at m / 4 and -m / 4 the
// quotient is -1 / v + |m|^2 / v^2 tanh(z) / z, z = |m|^2 / (4 v), which is below L by at most |m|^2 / v^2 z^2 / 3.
#include "reference/score/one_sided.hpp"
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::MixtureCall;

void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  constexpr std::size_t d = 3, points = 32;
  constexpr double v = 0.25;
  MixtureCall pair({.points = points, .dim = d, .components = 2}, inquiry.seed);
  constexpr double m[d] = {0.5, -0.25, 0.125};
  double square = 0;
  for (std::size_t i = 0; i < d; ++i) {
    pair.mean[i] = static_cast<float>(m[i]), pair.mean[d + i] = -pair.mean[i];
    pair.x[i] = m[i] / 4, pair.x[d + i] = -m[i] / 4;
    square += m[i] * m[i];
  }
  pair.weight = {0.5f, 0.5f}, pair.factor = {0.5f, 0.5f};
  pair.run(apply);

  double constant = score::of_equal_mixture({pair.mean.begin(), pair.mean.end()}, d, v).bound();
  if (inquiry.broken == 1) constant = -1 / v;
  if (inquiry.broken == 2) constant += square / (v * v);
  const std::vector<double> bound = pair.truth(inquiry.numerics)[0].bound;
  struct Gap {
    double above, apart, slack; // (s(x) - s(y)).(x - y) - L |x - y|^2, |x - y|^2
  };
  const auto gap = [&](std::size_t x, std::size_t y) {
    Gap g{};
    for (std::size_t i = 0; i < d; ++i) {
      const double step = pair.x[x * d + i] - pair.x[y * d + i];
      g.above += (pair.s[x * d + i] - pair.s[y * d + i]) * step - constant * step * step;
      g.apart += step * step;
      g.slack += (bound[x * d + i] + bound[y * d + i]) * std::fabs(step);
    }
    return g;
  };
  Worst worst;
  for (std::size_t i = 0; i < points; i += 2) {
    const Gap g = gap(i, i + 1);
    worst.see(std::max(g.above, 0.0), g.slack);
  }
  inquiry.check(worst.check("what exceeds L |x - y|^2, over the bounds of the scores"));
  const Gap between = gap(0, 1);
  const double z = square / (4 * v);
  inquiry.check(inequality("what is missing from L |x - y|^2 between the modes", -between.above,
                           square / (v * v) * z * z / 3 * between.apart, between.slack));
}

} // namespace

ASSAY_LAW(Law<GmmScore>{.name = "one-sided",
                        .statement = "scores of a mixture keep to the certified one-sided constant, and come near it between two modes",
                        .broken_by = {"the constant of one component", "twice the part of the means"},
                        .ask = ask});

} // namespace assay
