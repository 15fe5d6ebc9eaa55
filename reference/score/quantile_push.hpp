// W2 between a law on the line and the image of another one under a flow, without samples.
#pragma once

#include <functional>

#include "reference/math/estimate.hpp"
#include "reference/score/rk4.hpp"

namespace assay::score {

using Quantile = std::function<math::Estimate(double z)>;

// W2(target, image of start), both laws given as quantile functions of z, the standard normal variable: the optimal plan on
// the line pairs equal quantiles, and a flow on the line is monotone, so the image of a quantile is a quantile:
//   W2^2 = int phi(z) (target(z) - flow(start(z)))^2 dz.
// z runs over Gauss-Kronrod panels on [-8, 8], the flow over 2 * steps steps from `from` to `to`. The flow stretches the
// gap between two modes over a narrow range of z, which equal panels of any affordable width miss: panels are halved while
// their error is above `tolerance` times W2^2, at most twelve times.
// error: those of both quantiles and of RK4 in the norm of L2(phi) (triangle inequality), where the flow moves what is near a node by as
// much more as it spreads that node's neighbours; the sum of the panels' errors, with (z^2 + 8) u for rounding of a density and its
// factors; the mass beyond |z| = 8 times twice the squared distance there.
math::Estimate quantile_push(const Quantile& target, const Quantile& start, const Field& velocity, double from, double to, int steps,
                             double tolerance = 1e-10);

// W2 of two laws given by their quantile functions of z.
math::Estimate quantile_distance(const Quantile& target, const Quantile& start);

} // namespace assay::score
