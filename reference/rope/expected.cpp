#include "reference/rope/expected.hpp"

#include <cmath>
#include <cstddef>

namespace assay::rope {

double noise_gain(int dims, Noise noise) { return 1 / (1 - noise.query * noise.query * noise.key * noise.key / dims); }

double expected_weight(int dims, Noise noise, double a_squared, double b_squared, double bias) {
  const double d = dims, q2 = noise.query * noise.query, t = noise.key * noise.key / d, f = 1 - t * q2;
  return std::pow(f, -d / 2) * std::exp(q2 * (b_squared / d + t * t * a_squared) / (2 * f) + t * a_squared / 2) *
         std::exp(bias / (std::sqrt(d) * f));
}

double decay_exponent(double pair_weight, int dims, double base, double gain) {
  return pair_weight * std::sqrt(dims) * gain / (2 * std::log(base));
}

double pair_weight_of_exponent(double p, int dims, double base, double gain) { return p * 2 * std::log(base) / (std::sqrt(dims) * gain); }

double far_mass(const std::vector<double>& weight, int window, std::int64_t n) {
  double near = 0, far = 0;
  for (std::int64_t distance = 0; distance < n; ++distance) (distance < window ? near : far) += weight[static_cast<std::size_t>(distance)];
  return far / (near + far);
}

Moments term_moments(int dims, double r) { return {std::sqrt(dims), r * std::sqrt(dims), r * std::sqrt(dims), r * r * dims}; }

} // namespace assay::rope
