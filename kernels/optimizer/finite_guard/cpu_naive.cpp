// Looks at one gradient after another and stops at the first bad one.
// Limit: one compare and branch per element.
#include <cmath>

#include "kernels/optimizer/scalars.hpp"
#include "kernels/variant.hpp"
#include "reference/optimizer/finite_guard.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class G> void run(const FiniteGuard::Problem& p, const FiniteGuard::Args<G>& a, const Launch&) {
  const Layout list = layout(p.tensors);
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    bool bad = false;
    for (std::int64_t i = tensor.offset; i < tensor.offset + tensor.size() && !bad; ++i)
      bad = p.guard == Guard::nan_only ? std::isnan(to_float(a.g[i])) : !std::isfinite(to_float(a.g[i]));
    a.bad[t] = bad ? 1 : 0;
  }
}

template <class G> constexpr Variant<FiniteGuard, G> variant() {
  return {.name = "cpu_naive", .idea = "one gradient after another", .numerics = numerics::f32, .repeatable = true, .run = run<G>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
