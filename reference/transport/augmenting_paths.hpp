// The assignment of least cost, by shortest augmenting paths: rows enter one after another, each along a shortest path of reduced costs
// to a free column. O(n^3). Kuhn 1955; Jonker and Volgenant, Computing 38 (1987).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace assay::transport {

// cost(i, j) of n rows and columns; what is not finite is forbidden.
using Cost = std::function<double(int row, int column)>;

// match[i] is the column of row i. u_i + v_j <= cost(i, j) where it is allowed, with equality on the match, so no match costs less: that is
// the certificate. Where no match exists, match is -1, value infinite, and (u, v) a ray along which the dual grows without end: u_i + v_j
// <= 0 on allowed pairs and sum u + sum v >= 1; u is 1 on rows that together have fewer columns than they are, v is -1 on these columns.
struct Matching {
  std::vector<std::int32_t> match;
  std::vector<double> u, v;
  double value = 0;
};

Matching shortest_augmenting_paths(int n, const Cost& cost);
Matching shortest_augmenting_paths(int n, const std::vector<double>& costs); // [n, n]

} // namespace assay::transport
