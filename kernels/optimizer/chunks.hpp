// A list of tensors cut into chunks, one for each block of a launch, and the scratch memory in which CUDA variants keep them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/carver.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay::optimizer {

// Chunks do not cross groups, or only not tensors: what a kernel folds over.
enum class Unit : std::uint8_t { group, tensor };

struct Chunk {
  std::int64_t begin, length; // in the flat arrays of elements
  std::int32_t group, tensor;
  std::int32_t first, count; // chunks of its unit: number of the first one, and how many
  std::int32_t siblings;     // chunks of its tensor
  float root;                // 1 / sqrt(elements of the group)
  TensorKind kind;
};

inline std::int64_t chunks_of(std::int64_t size, std::int64_t most) { return std::max<std::int64_t>(1, (size + most - 1) / most); }

// most: elements of a chunk. Units without elements have one chunk too, since they have a sum and a flag.
inline std::int64_t chunk_count(const Layout& list, Unit unit, std::int64_t most) {
  std::int64_t count = 0;
  for (const Tensor& tensor : list.tensors)
    count += unit == Unit::tensor ? chunks_of(tensor.size(), most) : tensor.groups() * chunks_of(tensor.group_size(), most);
  return count;
}

inline std::vector<Chunk> chunk_table(const Layout& list, Unit unit, std::int64_t most) {
  std::vector<Chunk> table;
  table.reserve(static_cast<std::size_t>(chunk_count(list, unit, most)));
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const std::int64_t units = unit == Unit::tensor ? 1 : tensor.groups(),
                       size = unit == Unit::tensor ? tensor.size() : tensor.group_size();
    const std::int64_t count = chunks_of(size, most);
    const double root = size == 0 ? 0 : 1 / std::sqrt(static_cast<double>(size));
    for (std::int64_t r = 0; r < units; ++r) {
      const auto first = static_cast<std::int32_t>(table.size());
      for (std::int64_t k = 0; k < count; ++k)
        table.push_back({tensor.offset + r * size + k * most, std::min(most, size - k * most),
                         static_cast<std::int32_t>(tensor.first_group + r), static_cast<std::int32_t>(t), first,
                         static_cast<std::int32_t>(count), static_cast<std::int32_t>(units * count), static_cast<float>(root),
                         tensor.kind});
    }
  }
  return table;
}

} // namespace assay::optimizer
