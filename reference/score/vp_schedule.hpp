// Variance preserving forward process dx = -b(t) x / 2 dt + sqrt(b(t)) dW with b(t) = b0 + b1 t.
// Song et al., arXiv 2011.13456, appendix B. Times are numbers, or math::Estimate where rounding is asked for.
#pragma once

#include <cmath>

namespace assay::score {

struct VpSchedule {
  double b0, b1;

  auto b(auto t) const { return b0 + b1 * t; }                  // g(t)^2; the drift's constant is L_f = b / 2
  auto integral(auto t) const { return (b0 + b1 * t / 2) * t; } // of b over [0, t]
  auto mean_factor(auto t) const {                              // a(t): x_t | x_0 has mean a x_0, variance 1 - a^2
    using std::exp;
    return exp(-integral(t) / 2);
  }
  // Variance at t of a law with variance v0 at 0; -expm1 keeps 1 - a^2 accurate near t = 0.
  auto variance(double v0, auto t) const {
    using std::exp, std::expm1;
    return v0 * exp(-integral(t)) - expm1(-integral(t));
  }
};

} // namespace assay::score
