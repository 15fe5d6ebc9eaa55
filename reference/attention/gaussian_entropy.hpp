// Mean entropy of a softmax over n independent scores s ~ N(0, beta^2), by quadrature.
//
// With phi(y) = E exp(-e^(y + s)) the integrals of Frullani for ln Z and 1 / Z, Z = sum_j e^s_j, give
//   E ln Z = int [exp(-e^y) - phi(y)^n] dy,   E sum_j P_j s_j = n int phi^(n-1) E[s e^(y + s) exp(-e^(y + s))] dy,
//   h(n, beta) = E H = the first - the second
// The integrands are analytic in |Im y| < pi / 2, so the trapezoid rule converges like exp(-pi^2 / step). n need not be small, nor an
// integer.
#pragma once

#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::attention {

// phi and the moment at the nodes of y. They do not depend on n: one table serves all n up to `most`.
class GaussianScores {
public:
  explicit GaussianScores(double beta, double most);
  // h(n, beta), 1 <= n <= most. error: distance to the rule with twice the steps in y and s, which is far less accurate; growth() of both
  // sums; and what the ends cut off, below e^-45.
  math::Estimate entropy(double n) const;

private:
  struct Table {
    double first, step;
    std::vector<double> log_phi, moment;
  };
  double beta_;
  Table fine_, coarse_;
  double inner_ = 0; // nodes in s
  Table table(double most, double widen);
};

} // namespace assay::attention
