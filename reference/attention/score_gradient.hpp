// Windowed attention from its scores, one head in double, and the gradient of sum d_o . o with respect to the scores:
//   P_ij = exp(s_ij - L_i) on i - w < j <= i,  o_i = sum_j P_ij v_j,  D_i = d_o_i . o_i,  dS_ij = P_ij (d_o_i . v_j - D_i)
// As P sums to 1, sum_j dS_ij = 0: a constant added to the scores of a row changes nothing. So the diagonal sums g(t) = sum_i dS_{i, i -
// t}, from which the gradients of all relative biases follow, add up to 0 as well.
#pragma once

#include <vector>

namespace assay::attention {

struct Softmaxed {
  int n, e, window;
  std::vector<double> p, o, lse, sum; // n x n (zero where nothing is seen), n x e, n, n; sum_i = sum_j exp(s_ij - max)
};
Softmaxed softmax(const std::vector<double>& score, const std::vector<double>& v, int n, int e, int window);

struct ScoreGradient {
  std::vector<double> ds, rounding; // n x n; n: bound of |sum_j dS_ij|
};
// o enters D. rounding: u (5 growth(w) + 2 growth(e) + 9) times sum_j P_ij sum_e |d_o_ie v_je|, which bounds sum_j P |dP| and |D|:
// P sums to 1 up to growth(w) + 2; o carries growth(w), the two dot products growth(e) each; 3 for difference and product, twice; and
// 2 growth(w) for the sum over j.
ScoreGradient score_gradient(const Softmaxed&, const std::vector<double>& v, const std::vector<double>& d_o, const std::vector<double>& o);

} // namespace assay::attention
