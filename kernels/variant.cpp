#include "kernels/variant.hpp"

namespace assay {

std::vector<VariantEntry>& variants() {
  static std::vector<VariantEntry> list;
  return list;
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
