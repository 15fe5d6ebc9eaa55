// xPos scores (arXiv 2212.10554): rotations as in RoPE, and scales that decay with distance,
//   s(m, n) = sum_i zeta_i^((m - n) / 512) Re(q_i conj(k_i) e^(i (m - n) theta_i)),  zeta_i = (2 i + gamma d) / ((1 + gamma) d), gamma = .4
// computed as q'_m . k'_n from q' = zeta^((m - c) / 512) R_m q and k' = zeta^(-(n - c) / 512) R_n k, c the position in the middle.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/op.hpp"

namespace assay::attention {

inline constexpr double xpos_base = 512;
inline double xpos_zeta(std::size_t i, std::size_t d, double gamma = .4) {
  return (2 * static_cast<double>(i) + gamma * static_cast<double>(d)) / ((1 + gamma) * static_cast<double>(d));
}
// Variance of q' . k' / sqrt(d) at distance t for independent q, k with unit normal entries: (2 / d) sum_i zeta_i^(2 t / 512).
inline double xpos_variance(std::size_t d, double t) {
  double sum = 0;
  for (std::size_t i = 0; i < d / 2; ++i) sum += std::pow(xpos_zeta(i, d), 2 * t / xpos_base);
  return 2 * sum / static_cast<double>(d);
}

// key_sign = -1 is xPos. Error: an exponent x = (m - c) / 512 makes its scale wrong by (2 + 6 |x|) u, as |ln zeta| < 1.26; a rotation by
// (m theta (3 - ln theta) + 4) u of |a| + |b|, as in window_stack.hpp; growth(d) + 2 for the dot product.
inline math::Estimate xpos_score(const std::vector<double>& q, const std::vector<double>& k, double m, double n, double centre,
                                 double key_sign = -1) {
  const std::size_t d = q.size();
  math::Estimate score;
  const double x = (m - centre) / xpos_base, y = key_sign * (n - centre) / xpos_base;
  const double roundings = growth(static_cast<double>(d)) + 14 + 6 * (std::fabs(x) + std::fabs(y));
  for (std::size_t i = 0; i < d / 2; ++i) {
    const double theta = std::pow(10000, -2 * static_cast<double>(i) / static_cast<double>(d)), zeta = xpos_zeta(i, d);
    const double a = q[2 * i], b = q[2 * i + 1], e = k[2 * i], f = k[2 * i + 1], at_m = std::pow(zeta, x), at_n = std::pow(zeta, y);
    const double cm = std::cos(m * theta), sm = std::sin(m * theta), cn = std::cos(n * theta), sn = std::sin(n * theta);
    score.value += at_m * (a * cm - b * sm) * (at_n * (e * cn - f * sn)) + at_m * (a * sm + b * cm) * (at_n * (e * sn + f * cn));
    score.error += (roundings + (m + n) * theta * (3 - std::log(theta))) * numerics::u64 * at_m * at_n * (std::fabs(a) + std::fabs(b)) *
                   (std::fabs(e) + std::fabs(f));
  }
  return score;
}

} // namespace assay::attention
