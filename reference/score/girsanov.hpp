// The other inequality of the field: relative entropy instead of W2. It needs sigma = g, since laws of paths with unlike noise are
// singular.
#pragma once

#include <cmath>
#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::score {

// KL(N(m1, v1) | N(m2, v2)) = ((m1 - m2)^2 / v2 + r - ln(1 + r)) / 2,  r = v1 / v2 - 1.
inline double gaussian_kl(double m1, double v1, double m2, double v2) {
  const double r = (v1 - v2) / v2;
  return ((m1 - m2) * (m1 - m2) / v2 + r - std::log1p(r)) / 2;
}

// KL(p_0 | q_0) <= KL(p_T | q_T) + 1/2 int g^2 eps^2 dt: Girsanov's theorem gives the relative entropy of the laws of the paths, and a
// marginal has no more (Song et al., arXiv 2101.09258). `rate` is g^2 eps^2.
inline math::Estimate girsanov_bound(const math::Function& rate, const std::vector<double>& edges, double terminal) {
  const math::Estimate integral = math::integrate(rate, edges);
  return {terminal + integral.value / 2, integral.error / 2};
}

// W2(mu, N(m, v)) <= (2 v KL(mu | N(m, v)))^{1/2} (Talagrand, 1996); the Gaussian is the second law of the relative entropy.
inline double talagrand(double v, double kl) { return std::sqrt(2 * v * kl); }

} // namespace assay::score
