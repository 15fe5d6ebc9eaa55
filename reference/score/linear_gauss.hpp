// Gaussians under linear drift stay Gaussian: the exact laws p_t and q_t where data are Gaussian and the score of the model is linear.
#pragma once

#include <functional>
#include <vector>

#include "reference/math/gaussian_w2.hpp"

namespace assay::score {

struct Linear {
  std::vector<double> matrix, offset; // x -> matrix x + offset; d x d row-major, and d
};
using LinearAt = std::function<Linear(double t)>;
using MatrixAt = std::function<std::vector<double>(double t)>; // d x d, row-major

struct Moments {
  math::Gaussian law;
  double mean_error, covariance_error; // Euclidean and Frobenius norm, from step doubling
};

// The law at `to` of dx = (M x + c) dt + D^{1/2} dW with that law at `from`; to < from runs backward in time, where noise adds as well:
//   dm/dt = M m + c,   dS/dt = M S + S M^T + sign(to - from) D.
// For a sampler M x + c is f - h s and D is sigma^2 times the identity. RK4 with 2 * steps steps.
Moments carry(const LinearAt& drift, const MatrixAt& diffusion, const math::Gaussian& start, double from, double to, int steps);

// How far in W2 the law of true moments may be from `moments.law`: mean_error + |A^{1/2} - B^{1/2}|_F, where the roots differ by at most
// e / (sqrt(l) + sqrt(l - e)), l the least eigenvalue and e the error of the covariance, and by at most sqrt(sqrt(d) e) (Powers and
// Stormer, 1970).
double w2_radius(const Moments& moments);

// W2 of two such laws; the radii of both and rounding make the error.
math::Estimate w2(const Moments& p, const Moments& q);

} // namespace assay::score
