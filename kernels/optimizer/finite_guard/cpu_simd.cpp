// No compare per element: the largest bit pattern of a chunk, sign removed, tells whether an exponent is all ones.
// Limit: memory bandwidth of reading, 4 bytes a gradient in fp32.
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/simd.hpp"
#include "reference/optimizer/finite_guard.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/finite_guard/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/optimizer/blocks-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace optimizer;

template <class G> void flags(const FiniteGuard::Problem& p, const FiniteGuard::Args<G>& a, const Launch& launch) {
  const bool nan_only = p.guard == Guard::nan_only;
  std::uint8_t* bad = a.bad;
  for (const Tensor& tensor : TensorsInScratch(launch).tensors) *bad++ = any_bad(a.g + tensor.offset, tensor.size(), nan_only) ? 1 : 0;
}

auto Flags() { return std::make_tuple(flags<float>, flags<Bf16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Flags);

template <class G> constexpr Variant<FiniteGuard, G> variant() {
  return {.name = "cpu_simd",
          .idea = "the largest bit pattern of a chunk tells",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = ASSAY_DISPATCH(Flags, FiniteGuard, G),
          .scratch = optimizer::TensorsInScratch::bytes,
          .prepare = optimizer::TensorsInScratch::write};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
#endif // HWY_ONCE
