// A mixture at one time of a diffusion, and models of its score, for the forms of the score matching loss.
#pragma once

#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/score/gaussian_mixture.hpp"

namespace assay::forms {

constexpr double a = 0.8, b = 0.6; // x_t = a x_0 + b noise
inline const score::GaussianMixture data{{{0.3, -1.5, 0.09}, {0.7, 1, 0.25}}};
inline const score::GaussianMixture law{{{0.3, -1.5 * a, a* a * 0.09 + b* b}, {0.7, a, a* a * 0.25 + b* b}}, 3 * numerics::u64};

// The true score + delta sin(2 x + .4), and its slope.
struct Model {
  double delta;
  math::Estimate at(math::Estimate x) const { return law.score(x) + delta * sin(2 * x + 0.4); }
  math::Estimate slope(math::Estimate x) const { return law.score_slope(x) + 2 * delta * cos(2 * x + 0.4); }
};

// Panels from -9 to 9, ten standard deviations beyond both modes.
inline std::vector<double> edges() {
  std::vector<double> list;
  for (double x = -9; x <= 9; x += 1) list.push_back(x);
  return list;
}

// E f(x) under a mixture, that of time t unless told otherwise. The mass beyond 9 is below 1e-28.
inline math::Estimate mean(const math::Estimated& f, const score::GaussianMixture& under = law) {
  return math::integrate([&](math::Estimate x) { return exp(under.log_density(x)) * f(x); }, edges());
}

inline math::Estimate explicit_loss(const Model& model, const score::GaussianMixture& under = law) {
  const auto squared = [&](math::Estimate x) {
    const math::Estimate off = model.at(x) - law.score(x);
    return off * off;
  };
  return mean(squared, under);
}
inline math::Estimate fisher(const score::GaussianMixture& under = law) {
  return mean([](math::Estimate x) { return law.score(x) * law.score(x); }, under);
}

} // namespace assay::forms
