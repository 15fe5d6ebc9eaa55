// The classical Runge-Kutta method of order four, with an error from step doubling.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace assay::score {

// Writes dy/dt at (t, y) to slope; y may hold many independent systems, so that what depends on t alone is computed once.
using Field = std::function<void(double t, std::span<const double> y, std::span<double> slope)>;

// y(to) from y(from) in `steps` equal steps; to < from integrates backward.
std::vector<double> rk4(const Field& field, std::vector<double> y, double from, double to, int steps);

struct Flow {
  std::vector<double> value, error;
};

// y(to) by 2 * steps steps. error: the distance to the result of `steps` steps, to leading order 15 times the truncation
// error, plus the rounding of the chain, growth(2 steps) u max(|y(from)|, |y(to)|).
Flow rk4_doubled(const Field& field, const std::vector<double>& y, double from, double to, int steps);

} // namespace assay::score
