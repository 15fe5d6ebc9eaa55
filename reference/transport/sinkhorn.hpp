// Entropic optimal transport between two weighted clouds, by Sinkhorn's sweeps in the log domain; costs are made as they are needed.
//
//   minimise <C, P> + eps KL(P | a x b) over P with rows a and columns b, c_ij = |x_i - y_j|^2 from differences of coordinates
// A sweep is f_i = -eps log sum_j b_j exp((g_j - c_ij) / eps), then g_j = -eps log sum_i a_i exp((f_i - c_ij) / eps); g starts at 0.
// After `iterations` sweeps, with P_ij = a_i b_j exp((f_i + g_j - c_ij) / eps), whose columns are b, and F the next f:
//   value     <a, f> + <b, g>, which rises to the optimum
//   marginal  sum_i |sum_j P_ij - a_i| = sum_i a_i |exp((f_i - F_i) / eps) - 1|
//   lower     <a, f> + sum_j b_j min_i (c_ij - f_i) over rows of positive weight: a dual point of the problem without eps, so below it
//   upper     <C, P'>, P' with the right rows and columns (Altschuler, Weed and Rigollet): r_i = min(1, exp((F_i - f_i) / eps)) scales
//             rows, s_j = min(1, b_j / sum_i r_i P_ij) columns; what then lacks, p_i = max(0, a_i - sum_j r_i P_ij s_j) and q_j alike, is
//             added as p q^T / sum p, and nothing where sum p = 0. A plan of the problem without eps, so above it
// Weights of zero take no part, though their points have potentials. Errors, that only data show: all outputs are NaN if a weight is
// negative or no number, if a sum of weights is not within 2^-10 of 1, or if the box around all points has a squared diagonal L that is not
// finite or above eps / (16 u), u = Numerics::add: in fp32, 2^20 eps, where rounding of costs leaves no digit of exp((f_i - c_ij) / eps).
//
// Bounds. Costs are at most L. At the optimum f_i is a soft minimum of c_ij - g_j, so g* spreads by L at most, and within L / 2 of zero
// with the right constant; log-sum-exp does not stretch distances in the maximum norm, so |g - g*| <= L / 2 always, |g| <= L, |f| <= 2 L.
// With R = 3 L + eps max |log weight| above every sum that is formed on the way, rounded by at most
//   cost                       d + 2, and 2 where coordinates are first scaled about the centre of the box, each rounded within its half;
//                              from there norms and products will do as well as differences
//   scale log2(e) / eps        4
//   weight                     4: logarithm, product, sum
//   sums, origin               4
//   result                     4: constant, product, sum, storing
// a half-sweep adds at most
//   delta = u (d + 20) R + eps (E + u growth(k) + 4 u (1 + log k)), k terms, E = Numerics::exp
// to what was there: |df| <= (2 iterations - 1) delta, |dg| <= 2 iterations delta, |dF| <= (2 iterations + 1) delta. Exponentials:
//   exp((f_i - F_i) / eps), r_i   t_r = (|df| + |dF|) / eps + E + 4 u (1 + |f_i - F_i| / eps), relatively expm1(t_r), as all that follow
//   P_ij                          t_P = (|df| + |dg|) / eps + 2 u (d + 20) R / eps + E + u growth(max(n, m))
//   s_j                           t_s = t_r + t_P + 4 u        r_i P_ij s_j: t = t_r + t_P + t_s
//   p, q                          Dp = sum a expm1(t) + 2 u, and as much for q: rows of P' are at most a, columns b
// value: sum a |df| + sum b |dg|. lower: 2 |df| + u (d + 4) R. upper: main part times expm1(t + (d + 4) u), and L (Dq + 2 Dp) for the rest:
// p / sum p is a probability, off by 2 Dp / sum p. Sums over points are in double.
// Sources: Cuturi, arXiv 1306.0895; Peyre and Cuturi, 1803.00567; Altschuler et al., 1705.09634.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

struct Sinkhorn {
  static constexpr std::string_view name = "sinkhorn";
  struct Problem {
    int n = 48, m = 40, dim = 2;
    double eps = 0.5;
    int iterations = 5;
  };
  template <class T = double> struct Args {
    const T *x, *a; // [n, d], [n]
    const T *y, *b; // [m, d], [m]
    T *f, *g;       // [n], [m]
    double* result; // value, marginal, lower, upper
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("m", p.m);
    v("dim", p.dim);
    v("eps", p.eps);
    v("iterations", p.iterations);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n, p.dim});
    v.in("a", a.a, {p.n});
    v.in("y", a.y, {p.m, p.dim});
    v.in("b", a.b, {p.m});
    v.out("f", a.f, {p.n});
    v.out("g", a.g, {p.m});
    v.out("result", a.result, {4});
  }
  static std::string refuse(const Problem&);
  // normal: standard normals, weights in proportion to uniform numbers, one in eight zero where there are at least eight; with 512 points
  // or more all equal. hostile: a coordinate that is no number.
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

namespace transport {

// What sinkhorn and sinkhorn_grad share: points and weights of a call, what is wrong with them, and the sizes that bounds are made of.
struct Clouds {
  std::int64_t n, m, dim;
  const double *x, *a, *y, *b;
  double cost(std::int64_t i, std::int64_t j) const;
};
bool usable(const Clouds&, double eps, double unit);
double squared_diagonal(const Clouds&);  // of the box around all points
double largest_logarithm(const Clouds&); // of a positive weight
void fill_weights(std::uint64_t key, std::uint32_t stream, double* out, std::int64_t count);

} // namespace transport

} // namespace assay
