#include "reference/particles/exact_law.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

#include "reference/op.hpp"

namespace assay::particles {
namespace {

double exponent(const score::Component& c, double x) { return (x - c.mean) * (x - c.mean) / (2 * c.variance); }

double density_of(const score::Component& c, double x) {
  return c.weight / std::sqrt(2 * std::numbers::pi * c.variance) * std::exp(-exponent(c, x));
}

} // namespace

Instant instant(const Ou& ou, double t) {
  const double g2 = ou.noise * ou.noise;
  return {ou.rate, g2, std::exp(-ou.rate * t), -g2 / (2 * ou.rate) * std::expm1(-2 * ou.rate * t)};
}

Instant instant(const score::VpSchedule& schedule, double t) {
  return {schedule.b(t) / 2, schedule.b(t), schedule.mean_factor(t), schedule.variance(0, t)};
}

score::GaussianMixture law(const score::GaussianMixture& start, const Instant& now) {
  score::GaussianMixture later = start;
  for (score::Component& c : later.components) {
    c.mean *= now.shrink;
    c.variance = now.shrink * now.shrink * c.variance + now.spread;
  }
  return later;
}

math::Estimate density(const score::GaussianMixture& mixture, double x) {
  math::Estimate sum;
  for (const score::Component& c : mixture.components) {
    const double p = density_of(c, x);
    sum.value += p;
    sum.error += numerics::u64 * (4 * exponent(c, x) + 8 + static_cast<double>(mixture.components.size())) * p;
  }
  return sum;
}

math::Estimate density_rate(const score::GaussianMixture& start, const Instant& now, double x) {
  const score::GaussianMixture mixture = law(start, now);
  math::Estimate sum;
  for (std::size_t k = 0; k < start.components.size(); ++k) {
    const score::Component& c = mixture.components[k];
    const double v0 = start.components[k].variance, a2 = now.shrink * now.shrink;
    const double mean_rate = -now.decay * c.mean;                           // a' = -k a
    const double variance_rate = a2 * (now.diffusion - 2 * now.decay * v0); // q' = a^2 g^2, for both processes
    const double r = (x - c.mean) / c.variance, p = density_of(c, x);
    sum.value += p * (r * mean_rate + (r * r - 1 / c.variance) * variance_rate / 2);
    // a, q, mean and variance carry up to 20 units each, which enter here and in density(): 40 covers both, and the sums.
    const double terms = std::fabs(r * mean_rate) + (r * r + 1 / c.variance) * (now.diffusion + 2 * now.decay * c.variance) / 2;
    sum.error += numerics::u64 * (4 * exponent(c, x) + 40) * p * terms;
  }
  return sum;
}

double draw(const score::GaussianMixture& mixture, double uniform, double normal) {
  std::size_t k = 0;
  for (double below = mixture.components[0].weight; below < uniform && k + 1 < mixture.components.size();
       below += mixture.components[k].weight)
    ++k;
  return mixture.components[k].mean + std::sqrt(mixture.components[k].variance) * normal;
}

} // namespace assay::particles
