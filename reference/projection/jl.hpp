// Johnson-Lindenstrauss by exact laws. A Gaussian A (d x D, entries N(0, 1/d)) sends every difference x of two points to
// a vector with |A x|^2 / |x|^2 ~ chi^2_d / d, whatever x is. A pair is bad if that ratio leaves [1 - eps, 1 + eps].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::jl {

struct Tails {
  double lower, upper; // P(X < low), P(X > high)
};
// X ~ chi^2 with `dof` > 0 degrees of freedom, not necessarily an integer. Each tail has its own relative error (the upper
// one is no difference from 1), below `tail_error` for dof <= 2e4 (tests/oracles/jl_test.cpp).
Tails chi_squared_tails(double dof, double low, double high);
inline constexpr double tail_error = 1e-11;

// p(d, eps) = P(|chi^2_d / d - 1| > eps), 0 < eps < 1: the probability that one pair is bad.
double bad_pair_probability(double d, double eps);
// E #bad pairs of n points = n (n-1)/2 p(d, eps), for every set of n distinct points: expectation needs no independence.
double pairs_of(double n);

// Smallest d with pairs * p(d, eps) <= delta: the dimension that the union bound asks for. p decreases in d (tested).
std::int64_t minimal_dimension(double pairs, double eps, double delta);
// The real d with pairs * p(d, eps) = delta (delta < pairs); its error is about 2 tail_error / (eps - ln(1 + eps)).
double dimension_at(double pairs, double eps, double delta);
// lim d(n) / ln n = 4 / (eps - ln(1 + eps)): pairs ~ n^2/2, and the upper tail falls like exp(-d (eps - ln(1 + eps)) / 2).
double asymptotic_slope(double eps);

// n points in d dimensions, eight side by side (zero-padded): coordinate k of point i is at(i, k).
struct Cloud {
  int n, d;
  std::vector<double> y;
  Cloud(int n, int d) : n(n), d(d), y(static_cast<std::size_t>((n + 7) / 8) * 8 * static_cast<std::size_t>(d)) {}
  double& at(int i, int k) {
    return y[(static_cast<std::size_t>(i / 8) * static_cast<std::size_t>(d) + static_cast<std::size_t>(k)) * 8 +
             static_cast<std::size_t>(i % 8)];
  }
};
// bad[g] = number of pairs i < j with |sum_{k < dims[g]} (y_ik - y_jk)^2 / (dims[g] * squared(i, j)) - 1| > eps, for
// increasing dims. With y ~ N(0, 1) images of points at squared distance squared(i, j) that is the count of bad pairs after
// projection to the first dims[g] coordinates. Differences, not the Gram matrix: no cancellation.
void count_bad_pairs(const Cloud& cloud, std::span<const int> dims, double eps, double (*squared)(int i, int j),
                     std::span<std::int64_t> bad);

} // namespace assay::jl
