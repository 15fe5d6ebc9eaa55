// One cloud of points as vectors want it: panels of columns, each coordinate after the other, filled up with zeros. Coordinates of a panel
// lie side by side in memory: a whole cloud apart, a power of two often, they would fall into the same set of the cache.
#pragma once

#include <cstddef>

namespace assay::transport {

inline constexpr std::size_t panel = 64;
constexpr std::size_t padded(std::size_t count) { return (count + panel - 1) / panel * panel; }

// Where a cloud of `dim` coordinates has the first one of point i; `panel` more for each of the others.
constexpr std::size_t place(std::size_t i, std::size_t dim) { return i / panel * panel * dim + i % panel; }

struct Side {
  std::size_t count, padded, dim;
  const float* points; // [padded / panel, dim, panel]
  std::size_t at(std::size_t i) const { return place(i, dim); }
};

} // namespace assay::transport
