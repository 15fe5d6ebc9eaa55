// Sliced and max-sliced Wasserstein distances: two clouds of equal weights seen along K given directions.
//
//   W_p(theta_k) of the numbers theta_k.x_i and theta_k.y_j (wasserstein_1d.hpp)
//   result = { (mean_k W_p^p(theta_k))^{1/p}, max_k W_p(theta_k), standard error of mean_k W_p^p(theta_k) }
// Directions are an input, so an answer has no chance in it. Where they were drawn at random the third number says how far the mean is from
// that over the sphere; it is an answer of its own, and enters no bound. From one direction it cannot be told: infinite. Rows are read as
// they are, of length 1 or not. With d = 1 and theta = +-1 each distance is that of wasserstein_1d. NaN where a coordinate is not finite.
//
// Bound. Projections are computed in the unit u = Numerics::add, everything after them in double.
//   projection     off by gamma(growth(d)) sum_k |theta_k x_k|, at most e_x over the cloud; what underflows, d 2^-126 or 2^-1022
//   distance       sorting does not stretch the maximum norm: W_p(theta) moves by at most e_x + e_y, and has the bound of wasserstein_1d
//   mean, e_k      W_p^p moves by at most d_k = p (W_p + e_k)^{p-1} e_k; growth(K) + 2 roundings of the mean, then the root
//   largest        max_k e_k
//   error          s_k = W_p^p less their mean, |s| / (K (K - 1))^{1/2}; centring is a projection: off by |d| / (K (K - 1))^{1/2}, by the
//                  mean's own rounding over (K - 1)^{1/2}, and by (growth(K) + 4) roundings
// Sources: Rabin et al. 2011; Bonneel et al., J. Math. Imaging Vision 51 (2015); max-sliced: Deshpande et al., arXiv 1904.05877.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

struct SlicedWasserstein {
  static constexpr std::string_view name = "sliced_wasserstein";
  struct Problem {
    int n = 64, m = 64, dim = 3, directions = 8;
    double p = 2;
  };
  template <class T = double> struct Args {
    const T *x, *y;   // [n, d], [m, d]
    const T* theta;   // [K, d]
    double* distance; // [K] W_p along each direction
    double* result;   // sliced, largest, standard error
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("m", p.m);
    v("dim", p.dim);
    v("directions", p.directions);
    v("p", p.p);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n, p.dim});
    v.in("y", a.y, {p.m, p.dim});
    v.in("theta", a.theta, {p.directions, p.dim});
    v.out("distance", a.distance, {p.directions});
    v.out("result", a.result, {3});
  }
  static std::string refuse(const Problem&);
  // normal: standard normals, the second cloud moved by 1/2 in every coordinate; directions uniform on the sphere. integers: -8 ... 8, and
  // directions -2 ... 2. hostile: one coordinate is NaN, or infinite for odd n.
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&); // projections, and what is left after sorting
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
