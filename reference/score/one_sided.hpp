// One-sided Lipschitz constants: L with (s(x) - s(y)).(x - y) <= L |x - y|^2 for all x, y. For differentiable s that is the largest
// eigenvalue, over all x, of the symmetric part of Ds(x). A bound that stands on a constant seen on samples is none, so that a
// constant carries of which kind it is, and only a certified one can be taken for a bound.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "reference/score/gaussian_mixture.hpp"

namespace assay::score {

struct OneSided {
  double value;
  bool certified;

  // The value; throws std::logic_error where it is not certified.
  double bound() const;
};

// (s1 + s2)(x) - (s1 + s2)(y) is the sum of both differences; certified if both are.
OneSided operator+(OneSided a, OneSided b);

// x -> matrix x + offset: the largest eigenvalue of (matrix + matrix^T) / 2, attained. d x d, row-major.
OneSided of_linear(const std::vector<double>& matrix, int d);

// delta sin(omega x + phi) on the line: the slope is delta omega cos(.), at most |delta omega|.
OneSided of_wave(double delta, double omega);

// height / (1 + exp(-(x - middle) / width)) on the line, height and width positive: the slope is at most height / (4 width).
OneSided of_step(double height, double width);

// Score of a mixture of N(mean_k, v I), any weights, means n x d row-major: Ds = -I/v + Cov_r(mean) / v^2 under the responsibilities r(x),
// and any covariance of points within a ball of radius R has eigenvalues up to R^2. The ball grows around a centre that steps towards the
// farthest mean (Badoiu and Clarkson, 2003): whichever ball holds all means certifies, a smaller one is only sharper.
OneSided of_equal_mixture(const std::vector<double>& means, int d, double v);

// Score of a mixture on the line with unlike variances, between low and high: s' = -E_r 1/v + Var_r(u), u_k = (mean_k - x) / v_k. A
// variance is at most the square of half the spread (Popoviciu), and the spread of linear functions is convex in x, so that it is
// largest at an end: max_k(-1/v_k) + max over both ends of (spread / 2)^2. It says nothing outside, and grows with the interval.
OneSided of_mixture_between(const GaussianMixture& mixture, double low, double high);

// W2 softplus(W1 x + b): Ds = sum_k sigmoid_k w2_k w1_k^T with sigmoids in (0, 1), w1_k a row of W1 (h x d), w2_k a column of W2 (d x h).
// The symmetric part of w2 w1^T has the largest eigenvalue (w2.w1 + |w2||w1|) / 2 >= 0, and these add up. Another bound is the product of
// the spectral norms of W1 and W2, as the sigmoids between them are below 1; the smaller one is returned.
OneSided of_softplus_net(const std::vector<double>& w1, const std::vector<double>& w2, int d, int hidden);

// Largest quotient between neighbours among `points` on the line, ascending: a lower bound of L, and not certified.
OneSided seen_on(const std::function<double(double)>& score, std::span<const double> points);

} // namespace assay::score
