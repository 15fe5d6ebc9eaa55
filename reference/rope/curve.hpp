// Rotary positions with biases on queries and keys: the bias curve, its closed form and its averages.
//
// d rotary dimensions are d/2 complex numbers; R_m multiplies the i-th by e^{i m theta_i}, theta_i = base^{-2i/d}. Then, with
// w_i = conj(a_i) b_i and Delta = m - n,
//
//   B(Delta) = (R_m a).(R_n b) = sum_i Re w_i cos(Delta theta_i) + Im w_i sin(Delta theta_i)
//
// Equal pair weights give C_1 = sum_i cos(Delta theta_i), a quarter turn between a and b gives S_1 = sum_i sin(Delta theta_i).
// RoFormer, arXiv 2104.09864; biases: kexue.fm/archives/9577. Write h = 2 ln(base)/d, so that theta_i = e^{-h i}.
//
// Closed form. C_1 is the trapezoid sum of g(t) = cos(Delta e^{-ht}) over [0, d/2], less half of its ends:
//   C_1 = (1/h) [Ci(Delta) - Ci(Delta/base)] + 1/2 [cos Delta - cos(Delta/base)] + eps
// and likewise S_1 with Si and sin. With TV the total variation of cos (or sin) on an interval, |eps| is at most each of
//   (h/8)(Delta + Delta^2/2)
//     Peano's kernel of a cell is at most 1/8, and int |g''| dt = h int |sin x + x cos x| dx over [Delta/base, Delta];
//   TV[Delta/base, Delta]/2
//     on a cell |(g_0 + g_1)/2 - g(t)| <= (|g_0 - g(t)| + |g_1 - g(t)|)/2 <= TV/2 for every t;
//   k + |Ci(Delta) - Ci(x_k)|/h + |cos Delta - cos x_k|/2 + TV[Delta/base, x_k]/2,  x_k = Delta e^{-hk}
//     the first k cosines, too fast for the rule, are taken as they are: each is at most 1.
//
// Averages over a period h of ln Delta need no rule at all: the d/2 integrals join to one,
//   (1/h) int_u^{u+h} C_1(e^v) dv = (1/h) [Ci(x) - Ci(x/base)],  x = e^{u+h}
// so that the law -1/h per unit of ln Delta is exact up to |Ci(x)| <= 1/x and |Ci(y) - gamma - ln y| <= y^2/4. The first because
// Ci + i (Si - pi/2) = -e^{ix} int_0^inf e^{-xt}/(t - i) dt and |t - i| >= 1, the second because |cos t - 1| <= t^2/2.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace assay::rope {

using Pairs = std::vector<std::complex<double>>; // d/2 of them: (first, second) component of each pair

std::vector<double> frequencies(double base, int dims); // theta_i for i < dims/2
double log_step(double base, int dims);                 // h

Pairs normal_pairs(std::uint64_t key, std::uint32_t stream, int dims, double scale); // 2 x dims/2 normals times scale
Pairs sum(const Pairs& x, const Pairs& y);
Pairs rotated(const Pairs& x, const std::vector<double>& theta, double position);
double dot(const Pairs& x, const Pairs& y);
// What rounding may do to dot(rotated(x, m), rotated(y, n)), theta taken as given. u = 2^-53; of a pair, in units of u |x_i||y_i|: the
// angles m theta_i and n theta_i; 8 for each rotation (cosine and sine to an ulp, a complex product) and each sum that made x or y; then
// products and a chain of additions, d of them.
double score_rounding(const Pairs& x, const Pairs& y, const std::vector<double>& theta, double m, double n);

Pairs pair_weights(const Pairs& a, const Pairs& b);
double bias_curve(const Pairs& w, const std::vector<double>& theta, double distance);
double cosine_sum(const std::vector<double>& theta, double distance);                  // C_1
double sine_sum(const std::vector<double>& theta, double distance);                    // S_1
std::vector<double> cosine_sums(const std::vector<double>& theta, std::int64_t count); // C_1(0), ..., C_1(count - 1)
// What rounding may do to these, theta included: of a pair (ln(base) + 4) u Delta theta_i from the power, its exponent and one or two
// angles, 12 u from sines, cosines and their products, d/2 from the additions.
double curve_rounding(double base, int dims, double distance);

// Mean of e^{-i Delta theta} over the integers from <= Delta < to, for every theta: a geometric series, Dirichlet's kernel. Its modulus is
// at most 1/((to - from) |sin(theta/2)|). The mean of a bias curve is sum_i Re(w_i mean_i).
Pairs window_means(const std::vector<double>& theta, double from, double to);
double window_mean(const Pairs& w, const std::vector<double>& theta, double from, double to);

struct Closed {
  double integral, ends; // (1/h)[...] and 1/2[...]
  double value() const { return integral + ends; }
};
Closed cosine_closed(double base, int dims, double distance); // distance > 0
Closed sine_closed(double base, int dims, double distance);
double cosine_closed_bound(double base, int dims, double distance); // of |eps|
double sine_closed_bound(double base, int dims, double distance);
double variation_of_cosine(double from, double to); // int |sin|, 0 <= from <= to
double variation_of_sine(double from, double to);

double log_period_mean(double base, int dims, double from); // mean of C_1 over ln(from) <= ln Delta <= ln(from) + h
// |log_period_mean - (1/h)(ln(base) - ln x - gamma)| <= this, x = from e^h.
double log_law_remainder(double base, int dims, double from);

} // namespace assay::rope
