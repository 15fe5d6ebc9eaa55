#include "reference/score/rk4.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "reference/op.hpp"

namespace assay::score {

std::vector<double> rk4(const Field& field, std::vector<double> y, double from, double to, int steps) {
  const std::size_t n = y.size();
  const double h = (to - from) / steps;
  std::vector<double> k1(n), k2(n), k3(n), k4(n), at(n);
  const auto moved = [&](const std::vector<double>& slope, double step) -> const std::vector<double>& {
    for (std::size_t i = 0; i < n; ++i) at[i] = y[i] + step * slope[i];
    return at;
  };
  for (int step = 0; step < steps; ++step) {
    const double t = from + h * step;
    field(t, y, k1);
    field(t + h / 2, moved(k1, h / 2), k2);
    field(t + h / 2, moved(k2, h / 2), k3);
    field(t + h, moved(k3, h), k4);
    for (std::size_t i = 0; i < n; ++i) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return y;
}

Flow rk4_doubled(const Field& field, const std::vector<double>& y, double from, double to, int steps) {
  const std::vector<double> coarse = rk4(field, y, from, to, steps);
  Flow flow{rk4(field, y, from, to, 2 * steps), {}};
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double size = std::max(std::fabs(y[i]), std::fabs(flow.value[i]));
    flow.error.push_back(std::fabs(flow.value[i] - coarse[i]) + growth(2.0 * steps) * numerics::u64 * size);
  }
  return flow;
}

} // namespace assay::score
