#include "reference/score/gaussian_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "reference/op.hpp"

namespace assay::score {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

double exponent(const Component& c, double x) { return -(x - c.mean) * (x - c.mean) / (2 * c.variance); }

double largest_exponent(const std::vector<Component>& components, double x) {
  double top = -inf;
  for (const Component& c : components) top = std::max(top, exponent(c, x));
  return top;
}

} // namespace

double GaussianMixture::log_density(double x) const {
  const double top = largest_exponent(components, x);
  double sum = 0;
  for (const Component& c : components) sum += c.weight / std::sqrt(2 * std::numbers::pi * c.variance) * std::exp(exponent(c, x) - top);
  return top + std::log(sum);
}

double GaussianMixture::score(double x) const {
  const double top = largest_exponent(components, x);
  double sum = 0, weighted = 0;
  for (const Component& c : components) {
    const double r = c.weight / std::sqrt(c.variance) * std::exp(exponent(c, x) - top);
    sum += r;
    weighted += r * (c.mean - x) / c.variance;
  }
  return weighted / sum;
}

double GaussianMixture::score_slope(double x) const {
  const double top = largest_exponent(components, x);
  double sum = 0, curvature = 0;
  for (const Component& c : components) {
    const double r = c.weight / std::sqrt(c.variance) * std::exp(exponent(c, x) - top), pull = (c.mean - x) / c.variance;
    sum += r;
    curvature += r * (pull * pull - 1 / c.variance);
  }
  const double mean = score(x);
  return curvature / sum - mean * mean;
}

double GaussianMixture::cdf(double x) const {
  double sum = 0;
  for (const Component& c : components) sum += c.weight / 2 * std::erfc((c.mean - x) / std::sqrt(2 * c.variance));
  return sum;
}

double GaussianMixture::survival(double x) const {
  double sum = 0;
  for (const Component& c : components) sum += c.weight / 2 * std::erfc((x - c.mean) / std::sqrt(2 * c.variance));
  return sum;
}

double GaussianMixture::quantile_at(double z) const {
  double low = inf, high = -inf; // the components' own quantiles enclose that of the mixture
  for (const Component& c : components) {
    const double own = c.mean + z * std::sqrt(c.variance);
    low = std::min(low, own);
    high = std::max(high, own);
  }
  const double tail = std::erfc(std::fabs(z) / std::numbers::sqrt2) / 2;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (!(low < middle && middle < high)) return middle;
    const bool below = z > 0 ? survival(middle) > tail : cdf(middle) < tail;
    (below ? low : high) = middle;
  }
}

// erfc errs by up to 5 units in the last place, 10 u (glibc's manual), in either tail; a component's weight, the sum and the halves add
// components + 2 u. Arguments (x - mean) / sqrt(2 variance) err by 3 u of themselves, which moves x by 3 u |x - mean|; that of the normal
// tail by 1.5 u |z|, which changes the tail by that times the normal density, at most |z| + 1/|z| times the tail: by 1.5 u (z^2 + 1) of
// itself. Bisection ends between neighbours, u |x|.
double GaussianMixture::quantile_error(double x) const {
  double farthest = 0;
  for (const Component& c : components) farthest = std::max(farthest, std::fabs(x - c.mean));
  const double tail = std::min(cdf(x), survival(x)), z_squared = -2 * std::log(2 * tail); // Phi(-z) <= exp(-z^2/2) / 2
  const double relative = 22 + static_cast<double>(components.size()) + 1.5 * (z_squared + 1);
  return numerics::u64 * (relative * tail / std::exp(log_density(x)) + 3 * farthest + std::fabs(x));
}

double GaussianMixture::one_sided_lipschitz() const {
  const double v = components.front().variance;
  double low = inf, high = -inf;
  for (const Component& c : components) {
    if (c.variance != v) throw std::invalid_argument("one_sided_lipschitz: the components' variances differ");
    low = std::min(low, c.mean);
    high = std::max(high, c.mean);
  }
  const double radius = (high - low) / 2;
  return -1 / v + radius * radius / (v * v);
}

GaussianMixture diffuse(const GaussianMixture& law, const VpSchedule& schedule, double t) {
  GaussianMixture later = law;
  for (Component& c : later.components) {
    c.mean *= schedule.mean_factor(t);
    c.variance = schedule.variance(c.variance, t);
  }
  return later;
}

} // namespace assay::score
