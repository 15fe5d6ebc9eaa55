#include "reference/optimizer/sum_of_squares.hpp"

#include <stdexcept>

#include "reference/optimizer/bounds.hpp"
#include "reference/optimizer/inputs.hpp"

namespace assay {
using namespace optimizer;

std::string SumOfSquares::refuse(const Problem& p) {
  try {
    layout(p.tensors);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

void SumOfSquares::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  fill_parameters(layout(p.tensors), const_cast<double*>(a.theta), fill, random);
}

Work SumOfSquares::work(const Problem& p, const Numerics&) { return {2 * static_cast<double>(layout(p.tensors).elements)}; }

std::vector<Truth> SumOfSquares::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const Layout list = layout(p.tensors);
  Truth sums{{}, {}, chosen(list.groups, sample, 0)};
  std::size_t next = 0;
  for (const Tensor& tensor : list.tensors)
    for (std::int64_t j = tensor.first_group; j < tensor.first_group + tensor.groups(); ++j) {
      if (!sums.at.empty() && (next == sums.at.size() || sums.at[next] != j)) continue;
      ++next;
      const std::int64_t size = tensor.group_size();
      const double sum = optimizer::sum_of_squares(before.theta, tensor.offset + (j - tensor.first_group) * size, size);
      const Value value = settled({sum, sum_bound(sum, size, n)});
      sums.value.push_back(value.value);
      sums.bound.push_back(value.bound);
    }
  return {sums};
}

} // namespace assay
