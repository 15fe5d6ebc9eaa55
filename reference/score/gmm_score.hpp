// Score of a mixture of Gaussians at many points, with its divergence and the logarithm of the density where asked for.
//   p = sum_k w_k N(mu_k, S_k),   S_k = L_k L_k^T,   z_k = L_k^-1 (mu_k - x),   u_k = L_k^-T z_k = S_k^-1 (mu_k - x)
//   l_k = c_k - |z_k|^2 / 2,   c_k = ln w_k - ln det L_k - d / 2 ln(2 pi);   r_k = exp(l_k) / sum_j exp(l_j)
//   s = grad ln p = sum_k r_k u_k,   ln p = ln sum_k exp(l_k)
//   div s = sum_k r_k (|u_k|^2 - tr S_k^-1) - |s|^2 = sum_k r_k |u_k - s|^2 - sum_k r_k tr S_k^-1
// The factor L is sigma_k (isotropic), sigma_ki (diagonal) or lower triangular (Cholesky; what is above the diagonal is not read); its
// diagonal is positive. Weights need not sum to 1; one of zero leaves its component out, and at least one is positive.
// A point with an element that is not finite gives NaN everywhere; far from all means the result is finite, since the largest l_k is
// subtracted before exponentials. One component has r = 1: its score is linear, S^-1 (mu - x).
//
// Bound. u = Numerics::add, e = Numerics::exp; gamma(k) = k u / (1 - k u), chains through growth(k); m the largest l_k, Z = sum exp(l_k -
// m).
//   z        delta_z = gamma(4) |z|; Cholesky: gamma(growth(d) + 3) |L^-1| |L| |z|, which holds for forward substitution and, since
//            |mu - x| <= |L| |z|, for products with the inverse, too
//   u        delta_u = gamma(5) |u|; Cholesky: gamma(growth(d) + 3) |L^-T| |L^T| |u| + |L^-T| delta_z
//   |z|^2    delta_q = sum (2 |z| + delta_z) delta_z + gamma(growth(d) + 3) sum (|z| + delta_z)^2; |u|^2 alike
//   l_k      a_k = delta_q / 2 + gamma(3) (|c_k| + |z|^2 / 2 + |l_k|) + 4 u (m - l_k) + (T + 1) (e + u): c, a product and a difference;
//            the difference to the maximum; T = 2 + C / 16 factors when the maximum moves, which a variant may do once in 16 components
//   r_k      rho_k = exp(l_k - m + a_k) / Z / (1 - R) - r_k + 2^-125,   R = sum_k r_k expm1(a_k) + gamma(growth(2 C));   C = 1: nothing
//   |ds|   <= sum_k rho_k (|u| + delta_u) + r_k delta_u + gamma(growth(2 C) + 6) sum_k (r_k + rho_k) (|u| + delta_u), and to the unit of
//            storage on top
//   |d div| <= the same with |u|^2 + tr S^-1 for |u|, where the trace has two roundings, + delta |s|^2 + u |div|
//   |d ln p| <= ln(1 + R) + 4 u (|m| + ln Z + |ln p|)
// A bound is infinite where R >= 1, and at points where |z_k|^2 or |u_k|^2 exceeds 2^126 and may overflow. Reasoning: weights exp(l_k) e^z,
// |z| <= a_k, normalised; sums of C terms that may be scaled on their way, which makes 2 C roundings. ln p: (sum r e^a) (sum r e^-a) >= 1,
// so the upper error is the larger one.
#pragma once

#include <vector>

#include "reference/op.hpp"

namespace assay {

namespace score {

enum class Covariance : std::uint8_t { isotropic, diagonal, cholesky };
constexpr std::string_view name_of(Covariance covariance) {
  constexpr std::string_view names[] = {"isotropic", "diagonal", "cholesky", ""};
  return names[static_cast<int>(covariance)];
}

} // namespace score

struct GmmScore {
  static constexpr std::string_view name = "gmm_score";
  struct Problem {
    int points = 64, dim = 3, components = 4;
    score::Covariance covariance = score::Covariance::isotropic;
    bool log_density = true, divergence = true;
  };
  template <class T = double> struct Args {
    const T* x;          // [n, d]
    const float* weight; // [C]
    const float* mean;   // [C, d]
    const float* factor; // [C], [C, d] or [C, d, d]
    T* s;                // [n, d]
    float* log_density;  // [n], or nothing
    float* divergence;   // [n], or nothing
  };
  static void axes(auto& p, auto&& v) {
    v("points", p.points);
    v("dim", p.dim);
    v("components", p.components);
    v("covariance", p.covariance);
    v("log_density", p.log_density);
    v("divergence", p.divergence);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.points, p.dim});
    v.in("weight", a.weight, {p.components});
    v.in("mean", a.mean, {p.components, p.dim});
    v.in("factor", a.factor, factor_shape(p));
    v.out("s", a.s, {p.points, p.dim});
    v.out("log_density", a.log_density, {p.log_density ? 1 : 0, p.points});
    v.out("divergence", a.divergence, {p.divergence ? 1 : 0, p.points});
  }
  static std::vector<std::int64_t> factor_shape(const Problem& p) {
    if (p.covariance == score::Covariance::isotropic) return {p.components};
    if (p.covariance == score::Covariance::diagonal) return {p.components, p.dim};
    return {p.components, p.dim, p.dim};
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
