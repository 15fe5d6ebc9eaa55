// Entropic transport between Gaussians on the line, in closed form and on quadrature nodes. c = (x - y)^2, eps KL(P | a x b).
//   OT_eps(N(0, s1^2), N(m, s2^2)) = m^2 + s1^2 + s2^2 - D + t (1 - log 2t) + t log(D + t),   t = eps / 2,  D^2 = 4 s1^2 s2^2 + t^2
// Janati, Muzellec, Peyre and Cuturi, arXiv 2006.02572; Mallasto, Gerolin and Minh, 2006.03416, in these units.
#pragma once

#include <cmath>
#include <vector>

#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay::transport {

struct GaussianPair {
  double s1, s2, mean; // N(0, s1^2) and N(mean, s2^2)
  double squared_distance() const { return mean * mean + (s1 - s2) * (s1 - s2); }
};

inline double entropic_gaussian(const GaussianPair& p, double eps) {
  const double t = eps / 2, D = std::sqrt(4 * p.s1 * p.s1 * p.s2 * p.s2 + t * t);
  return p.mean * p.mean + p.s1 * p.s1 + p.s2 * p.s2 - D + t * (1 - std::log(2 * t)) + t * std::log(D + t);
}

// What a sweep leaves of the error of potentials that are linear: rho^2, and of those that are quadratic: rho^4.
inline double contraction(const GaussianPair& p, double eps) {
  const double t = eps / 2, D = std::sqrt(4 * p.s1 * p.s1 * p.s2 * p.s2 + t * t);
  return (D - t) / (2 * p.s1 * p.s2);
}

// N(mean, s^2) on equally spaced nodes over eight standard deviations: the mass beyond is 1.2e-15, and the error of the sum of a Gaussian
// of width w is exp(-2 (pi w / h)^2) for spacing h (Poisson), below 1e-40 where w >= 1.5 h.
struct Nodes {
  std::vector<double> at, weight;
  Nodes(double mean, double s, int count = 161) {
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double z = 16.0 * k / (count - 1) - 8;
      at.push_back(mean + s * z);
      weight.push_back(std::exp(-z * z / 2));
      sum += weight.back();
    }
    for (double& w : weight) w /= sum;
  }
};

inline Entropic on_nodes(const Nodes& x, const Nodes& y, double eps) {
  return {x.weight, y.weight,
          [x = x.at, y = y.at](int i, int j) {
            const double apart = x[static_cast<std::size_t>(i)] - y[static_cast<std::size_t>(j)];
            return apart * apart;
          },
          eps};
}

} // namespace assay::transport
