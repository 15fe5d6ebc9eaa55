// The columns of an assignment as a scan wants them.
#pragma once

#include <cstddef>

namespace assay::transport {

inline constexpr std::size_t block = 16; // columns that share a minimum

// Columns n ... padded - 1 have v = -infinity, so nobody wants them.
struct Columns {
  std::size_t n, padded, dim;
  bool matrix;
  const double* y; // [dim, padded]
};

// Of one row: cost[j], infinite where forbidden, reduced[j] = cost[j] - v[j], and the least of these in every block. x: coordinates of the
// row, or its costs. Returns whether all costs are finite.
using Scanner = bool (*)(const Columns&, const double* x, const double* v, double* cost, double* reduced, double* least);

} // namespace assay::transport
