#include "reference/score/gaussian_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "reference/op.hpp"

namespace assay::score {

using math::Estimate;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// A component's mean and variance: numbers, or Estimates that are off by a share of themselves.
template <class Real> struct Known { Real mean, variance; };
template <class Real> Known<Real> known(const Component& c, double parameter_error);
template <> Known<double> known(const Component& c, double) { return {c.mean, c.variance}; }
template <> Known<Estimate> known(const Component& c, double off) {
  return {{c.mean, off * std::fabs(c.mean)}, {c.variance, off * c.variance}};
}

double largest_exponent(const std::vector<Component>& components, double x) {
  double top = -inf;
  for (const Component& c : components) top = std::max(top, -(x - c.mean) * (x - c.mean) / (2 * c.variance));
  return top;
}
double value_of(double x) { return x; }
double value_of(Estimate x) { return x.value; }

// f(component's density at x over exp(top) sqrt(2 pi), pull, variance) for each component, pull = (mean - x) / variance; returns top.
template <class Real, class F> double for_each(const GaussianMixture& law, Real x, F f) {
  using std::exp, std::sqrt;
  const double top = largest_exponent(law.components, value_of(x));
  for (const Component& c : law.components) {
    const auto [mean, variance] = known<Real>(c, law.parameter_error);
    const Real off = x - mean;
    f(c.weight / sqrt(variance) * exp(-off * off / (2 * variance) - top), -off / variance, variance);
  }
  return top;
}

template <class Real> Real log_density_of(const GaussianMixture& law, Real x, Real two_pi) {
  using std::log, std::sqrt;
  Real sum{};
  const double top = for_each(law, x, [&](Real density, Real, Real) { sum = sum + density; });
  return top + log(sum / sqrt(two_pi));
}

template <class Real> Real score_of(const GaussianMixture& law, Real x) {
  Real sum{}, weighted{};
  for_each(law, x, [&](Real density, Real pull, Real) {
    sum = sum + density;
    weighted = weighted + density * pull;
  });
  return weighted / sum;
}

template <class Real> Real score_slope_of(const GaussianMixture& law, Real x) {
  Real sum{}, curvature{};
  for_each(law, x, [&](Real density, Real pull, Real variance) {
    sum = sum + density;
    curvature = curvature + density * (pull * pull - 1 / variance);
  });
  const Real mean = score_of(law, x);
  return curvature / sum - mean * mean;
}

} // namespace

double GaussianMixture::log_density(double x) const { return log_density_of(*this, x, 2 * std::numbers::pi); }
double GaussianMixture::score(double x) const { return score_of(*this, x); }
double GaussianMixture::score_slope(double x) const { return score_slope_of(*this, x); }
Estimate GaussianMixture::log_density(Estimate x) const { return log_density_of(*this, x, 2 * math::pi); }
Estimate GaussianMixture::score(Estimate x) const { return score_of(*this, x); }
Estimate GaussianMixture::score_slope(Estimate x) const { return score_slope_of(*this, x); }

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
// itself. Bisection ends between neighbours, u |x|. Parameters that are off by a share of themselves move a quantile no farther than they
// move some component's own: by that share of |mean| + |x - mean| / 2, for means and for roots of variances.
double GaussianMixture::quantile_error(double x) const {
  double farthest = 0;
  for (const Component& c : components) farthest = std::max(farthest, std::fabs(x - c.mean));
  const double tail = std::min(cdf(x), survival(x)), z_squared = -2 * std::log(2 * tail); // Phi(-z) <= exp(-z^2/2) / 2
  const double relative = 22 + static_cast<double>(components.size()) + 1.5 * (z_squared + 1);
  return numerics::u64 * (relative * tail / std::exp(log_density(x)) + 3 * farthest + std::fabs(x)) +
         parameter_error * (1.5 * farthest + std::fabs(x)); // |mean| <= |x| + |x - mean|
}

Estimate GaussianMixture::quantile(double z) const {
  const double x = quantile_at(z);
  return {x, quantile_error(x)};
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

// The integral of b has three roundings, so that exponentials err by 3 u of it and 2 u; what follows adds no more than 4 u.
GaussianMixture diffuse(const GaussianMixture& law, const VpSchedule& schedule, double t) {
  GaussianMixture later = law;
  for (Component& c : later.components) {
    c.mean *= schedule.mean_factor(t);
    c.variance = schedule.variance(c.variance, t);
  }
  later.parameter_error += (3 * schedule.integral(t) + 6) * numerics::u64;
  return later;
}

} // namespace assay::score
