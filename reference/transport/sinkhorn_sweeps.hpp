// Entropic optimal transport in the log domain, on weighted points with c_ij = |x_i - y_j|^2 or any other cost: plain loops in double.
#pragma once

#include <functional>
#include <vector>

namespace assay::transport {

// Of n rows of weights a and m columns of weights b, regularised by eps KL(P | a x b).
struct Entropic {
  std::vector<double> a, b;
  std::function<double(int row, int column)> cost;
  double eps;
};

struct Potentials {
  std::vector<double> f, g;
};

// One half of a sweep: f_i = -eps log sum_j b_j exp((g_j - c_ij) / eps), and the same for columns. Weights of zero take no part.
std::vector<double> row_potentials(const Entropic&, const std::vector<double>& g);
std::vector<double> column_potentials(const Entropic&, const std::vector<double>& f);
// `sweeps` times f from g, then g from f; g starts at zero.
Potentials sinkhorn(const Entropic&, int sweeps);
// Of a law against itself: f = g, averaged with its update, until it moves by less than `within` or for `most` sweeps.
std::vector<double> symmetric_potential(const Entropic&, double within, int most);
double dual_value(const Entropic&, const Potentials&); // <a, f> + <b, g>: the optimum, where g is an update of f and these have converged

} // namespace assay::transport
