// W2 between a law on the line and the image of another one under a flow, without samples.
#pragma once

#include "reference/math/quadrature.hpp"
#include "reference/score/rk4.hpp"

namespace assay::score {

// W2(target, image of start), both laws given as quantile functions of z, the standard normal variable: the optimal plan on
// the line pairs equal quantiles, and a flow on the line is monotone, so the image of a quantile is a quantile:
//   W2^2 = int phi(z) (target(z) - flow(start(z)))^2 dz.
// z runs over Gauss-Kronrod panels on [-8, 8], the flow over 2 * steps steps from `from` to `to`. The flow stretches the
// gap between two modes over a narrow range of z, which equal panels of any affordable width miss: panels are halved while
// their error is above `tolerance` times W2^2, at most twelve times.
// error: RK4's error in the norm of L2(phi) (triangle inequality), the sum of the panels' errors, the mass beyond |z| = 8
// times twice the squared distance there, and 1e2 u of the target's norm for rounding.
math::Estimate quantile_push(const math::Function& target, const math::Function& start, const Field& velocity, double from, double to,
                             int steps, double tolerance = 1e-10);

// W2 of two laws given by their quantile functions of z.
math::Estimate quantile_distance(const math::Function& target, const math::Function& start);

} // namespace assay::score
