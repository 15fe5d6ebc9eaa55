#include "reference/math/cosine_integral.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "reference/op.hpp"

namespace assay::math {

CosineSine cosine_sine_by_auxiliary(double x) {
  // Cut at e^-50 = 2e-22. Panels double away from 0; the poles at +-i are never nearer than a panel is wide.
  const std::vector<double> edges = graded_edges(50 / x, std::min(1 / x, .5), std::numeric_limits<double>::infinity());
  const Estimate f = integrate([x](double t) { return std::exp(-x * t) / (1 + t * t); }, edges);
  const Estimate g = integrate([x](double t) { return t * std::exp(-x * t) / (1 + t * t); }, edges);
  const double s = std::sin(x), c = std::cos(x);
  // Each value: the rounding of x t in the exponent, of exp, of the sum below; 50 + 8 of them are more than there are.
  const double error = f.error + g.error + 58 * numerics::u64 * (f.value + g.value);
  return {{f.value * s - g.value * c, error}, {std::numbers::pi / 2 - f.value * c - g.value * s, error + numerics::u64 * std::numbers::pi}};
}

CosineSine cosine_sine_by_definition(double x) {
  const std::vector<double> edges = graded_edges(x, std::min(x, 8.), 8);
  const Estimate c = integrate(
      [](double t) {
        const double half = std::sin(t / 2);
        return -2 * half * half / t;
      },
      edges);
  const Estimate s = integrate([](double t) { return std::sin(t) / t; }, edges);
  const double panels = static_cast<double>(edges.size()), log = std::log(x), base = std::numbers::egamma + log;
  const double rounding = (panels + 8) * numerics::u64;
  return {{base + c.value, c.error + rounding * (std::fabs(log) + std::fabs(c.value) + 1)},
          {s.value, s.error + rounding * (1 + std::fabs(s.value))}};
}

double cosine_integral(double x) { return (x <= 4 ? cosine_sine_by_definition(x) : cosine_sine_by_auxiliary(x)).ci.value; }
double sine_integral(double x) { return (x <= 4 ? cosine_sine_by_definition(x) : cosine_sine_by_auxiliary(x)).si.value; }

} // namespace assay::math
