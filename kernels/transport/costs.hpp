// Costs of pairs in double, and what is said where no match exists: what the variants of assignment share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "reference/transport/assignment.hpp"

namespace assay::transport {

// Infinite where forbidden.
template <class T> struct PairCost {
  Assignment::Problem p;
  const T *x, *y, *matrix;
  double operator()(std::int64_t i, std::int64_t j) const {
    double c = 0;
    if (p.costs == Costs::matrix)
      c = static_cast<double>(matrix[i * p.n + j]);
    else
      for (int k = 0; k < p.dim; ++k) {
        const bool rows = p.costs == Costs::rows;
        const double apart = static_cast<double>(x[rows ? i * p.dim + k : k * std::int64_t{p.n} + i]) -
                             static_cast<double>(y[rows ? j * p.dim + k : k * std::int64_t{p.n} + j]);
        c += apart * apart;
      }
    return std::isfinite(c) ? c : std::numeric_limits<double>::infinity();
  }
};

// The ray of assignment.hpp. The search from row `root` has reached the columns j for which owner(j) is a row and not -1, and no other
// column can be had by any of these rows.
template <class T, class Owner> void report_infeasible(const Assignment::Args<T>& a, int n, int root, const Owner& owner) {
  std::fill(a.match, a.match + n, -1);
  std::fill(a.u, a.u + n, 0.0);
  a.u[root] = 1;
  for (int j = 0; j < n; ++j) {
    const int row = owner(j);
    a.v[j] = row >= 0 ? -1 : 0;
    if (row >= 0) a.u[row] = 1;
  }
  *a.value = std::numeric_limits<double>::infinity();
}

} // namespace assay::transport
