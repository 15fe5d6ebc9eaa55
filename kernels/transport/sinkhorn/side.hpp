// One side of a problem as vectors want it.
#pragma once

#include <cstddef>

namespace assay::transport {

inline constexpr std::size_t padding = 64;
constexpr std::size_t padded(int count) { return (static_cast<std::size_t>(count) + padding - 1) / padding * padding; }

struct Side {
  std::size_t count, padded, dim;
  const float* points; // [dim, padded]
};

} // namespace assay::transport
