#include "reference/optimizer/finite_guard.hpp"

#include <stdexcept>
#include <vector>

#include "reference/optimizer/inputs.hpp"

namespace assay {
using namespace optimizer;

std::string FiniteGuard::refuse(const Problem& p) {
  if (p.guard == Guard::off) return "guard=off: there is nothing to test";
  try {
    layout(p.tensors);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

void FiniteGuard::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const Layout list = layout(p.tensors);
  std::vector<double> m(static_cast<std::size_t>(list.elements));
  fill_gradients(list, const_cast<double*>(a.g), m.data(), 0, 0, p.guard, fill, random);
}

Work FiniteGuard::work(const Problem&, const Numerics&) { return {0}; }

std::vector<Truth> FiniteGuard::truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
  Truth flags;
  for (const Tensor& tensor : layout(p.tensors).tensors) flags.value.push_back(is_bad(tensor, before.g, p.guard) ? 1 : 0);
  flags.bound.assign(flags.value.size(), 0);
  return {flags};
}

} // namespace assay
