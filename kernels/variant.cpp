#include "kernels/variant.hpp"

namespace assay {

std::vector<VariantEntry>& variants() {
  static std::vector<VariantEntry> list;
  return list;
}

std::vector<VariantEntry>& checked_twins() {
  static std::vector<VariantEntry> list;
  return list;
}

const VariantEntry* checked_twin(const VariantEntry& variant) {
  for (const VariantEntry& twin : checked_twins())
    if (variant.backend == Backend::simt && twin.op == variant.op && twin.name == variant.name && twin.types == variant.types) return &twin;
  return nullptr;
}

std::vector<const OpEntry*>& ops() {
  static std::vector<const OpEntry*> list;
  return list;
}

const OpEntry* add_op(const OpEntry& op) {
  for (const OpEntry* known : ops())
    if (known->name == op.name) return known;
  ops().push_back(&op);
  return &op;
}

} // namespace assay
