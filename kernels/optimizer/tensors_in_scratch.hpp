// The expanded list of tensors, kept in a variant's scratch memory so that a call need not parse its name again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "kernels/variant.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay::optimizer {

// Scratch of the CPU variants: the number of tensors, the tensors, one float per chunk of the longest group.
struct TensorsInScratch {
  static constexpr std::size_t head = 64;

  template <class Problem> static std::size_t bytes(const Problem& p) {
    const Layout list = layout(p.tensors);
    return head + list.tensors.size() * sizeof(Tensor) + longest(list) * sizeof(float);
  }

  template <class Problem> static void write(const Problem& p, const Launch& launch) {
    const Layout list = layout(p.tensors);
    const std::size_t count = list.tensors.size();
    std::memcpy(launch.scratch.data(), &count, sizeof count);
    if (count > 0) std::memcpy(launch.scratch.data() + head, list.tensors.data(), count * sizeof(Tensor));
  }

  explicit TensorsInScratch(const Launch& launch) {
    std::size_t count = 0;
    std::memcpy(&count, launch.scratch.data(), sizeof count);
    tensors = {reinterpret_cast<const Tensor*>(launch.scratch.data() + head), count};
    partials = reinterpret_cast<float*>(launch.scratch.data() + head + count * sizeof(Tensor));
  }

  std::span<const Tensor> tensors;
  float* partials; // sums of the chunks of one group

private:
  static std::size_t longest(const Layout& list) {
    std::int64_t most = 0;
    for (const Tensor& tensor : list.tensors) most = std::max(most, (tensor.group_size() + chunk_elements - 1) / chunk_elements);
    return static_cast<std::size_t>(most);
  }
};

} // namespace assay::optimizer
