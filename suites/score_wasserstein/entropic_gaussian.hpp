// Entropic transport between Gaussians on the line, in closed form and on quadrature nodes. c = (x - y)^2, eps KL(P | a x b).
//   OT_eps(N(0, s1^2), N(m, s2^2)) = m^2 + s1^2 + s2^2 - D + t (1 - log 2t) + t log(D + t),   t = eps / 2,  D^2 = 4 s1^2 s2^2 + t^2
// Janati, Muzellec, Peyre and Cuturi, arXiv 2006.02572; Mallasto, Gerolin and Minh, 2006.03416, in these units.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/math/estimate.hpp"
#include "reference/op.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay::transport {

struct GaussianPair {
  double s1, s2, mean; // N(0, s1^2) and N(mean, s2^2)
  math::Estimate squared_distance() const {
    const math::Estimate m{mean}, off = math::Estimate{s1} - s2;
    return m * m + off * off;
  }
};

inline math::Estimate entropic_gaussian(const GaussianPair& p, double eps) {
  const math::Estimate m{p.mean}, s1{p.s1}, s2{p.s2}, t = math::Estimate{eps} / 2, D = sqrt(4 * s1 * s1 * s2 * s2 + t * t);
  return m * m + s1 * s1 + s2 * s2 - D + t * (1 - log(2 * t)) + t * log(D + t);
}

// What a sweep leaves of the error of potentials that are linear: rho^2, and of those that are quadratic: rho^4.
inline double contraction(const GaussianPair& p, double eps) {
  const double t = eps / 2, D = std::sqrt(4 * p.s1 * p.s1 * p.s2 * p.s2 + t * t);
  return (D - t) / (2 * p.s1 * p.s2);
}

// N(mean, s^2) on equally spaced nodes over eight standard deviations, an eighth of one apart, so that z is exact. Error of the sum of a
// Gaussian of width w: exp(-2 (pi w / h)^2) for spacing h (Poisson), below 1e-40 where w >= 2.2 h. Plans have conditional widths
// s sqrt(1 - rho^2), rho = contraction(), or 2.26 h at eps = 0.1.
struct Nodes {
  static constexpr int count = 129, edge = 8;
  double s;
  std::vector<double> at, weight;
  Nodes(double mean, double deviation) : s(deviation) {
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double z = 2.0 * edge * k / (count - 1) - edge;
      at.push_back(mean + s * z);
      weight.push_back(std::exp(-z * z / 2));
      sum += weight.back();
    }
    for (double& w : weight) w /= sum;
  }
  // E (x - mean)^2 beyond the edge.
  double lost_variance() const {
    return s * s * (edge * std::exp(-edge * edge / 2.0) * std::sqrt(2 / pi) + std::erfc(edge / std::sqrt(2.0)));
  }

private:
  static constexpr double pi = 3.14159265358979324;
};

inline Entropic on_nodes(const Nodes& x, const Nodes& y, double eps) {
  return {x.weight, y.weight,
          [x = x.at, y = y.at](int i, int j) {
            const double apart = x[static_cast<std::size_t>(i)] - y[static_cast<std::size_t>(j)];
            return apart * apart;
          },
          eps};
}

// How far rounding can move a potential at node i of `x` that is summed from those of `y`, to first order: errors of exponents count as the
// plan sees them. Costs: two roundings of either node, difference and square, 7 of (|x| + |y|)^2; difference and quotient with the
// potential, 3; logarithm of a weight and two sums, 3; the last three steps, 3 of what comes out; exponentials and sums, 8 and a chain.
inline double half_sweep_rounding(const Nodes& x, std::size_t i, const Nodes& y, const std::vector<double>& potential, double eps) {
  double most = -INFINITY, sum = 0, sizes = 0;
  std::vector<double> exponent(y.at.size());
  for (std::size_t j = 0; j < exponent.size(); ++j) {
    const double apart = x.at[i] - y.at[j];
    exponent[j] = std::log(y.weight[j]) + (potential[j] - apart * apart) / eps;
    most = std::max(most, exponent[j]);
  }
  for (std::size_t j = 0; j < exponent.size(); ++j) {
    const double p = std::exp(exponent[j] - most), reach = std::fabs(x.at[i]) + std::fabs(y.at[j]);
    sum += p;
    sizes += p * (10 * reach * reach + 3 * std::fabs(potential[j]) + 3 * eps * std::fabs(std::log(y.weight[j])));
  }
  return numerics::u64 * (sizes / sum + 3 * eps * std::fabs(most + std::log(sum)) + eps * (growth(Nodes::count) + 8));
}

} // namespace assay::transport
