// No compare per element: the largest bit pattern of a chunk, sign removed, tells whether an exponent is all ones.
// Limit: memory bandwidth of reading, 4 bytes a gradient in fp32.
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/variant.hpp"
#include "reference/optimizer/finite_guard.hpp"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128) // as the other ops
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

template <class G> void flags(bool nan_only, const FiniteGuard::Args<G>& a, const Launch& launch) {
  std::uint8_t* bad = a.bad;
  for (const Tensor& tensor : TensorsInScratch(launch).tensors) *bad++ = any_bad(a.g + tensor.offset, tensor.size(), nan_only) ? 1 : 0;
}

void FlagsF32(bool nan_only, const FiniteGuard::Args<float>& a, const Launch& launch) { flags(nan_only, a, launch); }
void FlagsBf16(bool nan_only, const FiniteGuard::Args<Bf16>& a, const Launch& launch) { flags(nan_only, a, launch); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(FlagsF32);
HWY_EXPORT(FlagsBf16);

template <class G> void run(const FiniteGuard::Problem& p, const FiniteGuard::Args<G>& a, const Launch& launch) {
  const bool nan_only = p.guard == optimizer::Guard::nan_only;
  if constexpr (std::is_same_v<G, float>)
    HWY_DYNAMIC_DISPATCH(FlagsF32)(nan_only, a, launch);
  else
    HWY_DYNAMIC_DISPATCH(FlagsBf16)(nan_only, a, launch);
}

template <class G> constexpr Variant<FiniteGuard, G> variant() {
  return {.name = "cpu_simd",
          .idea = "the largest bit pattern of a chunk tells",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<G>,
          .scratch = [](const FiniteGuard::Problem& p) { return optimizer::TensorsInScratch::bytes(optimizer::layout(p.tensors)); },
          .prepare = [](const FiniteGuard::Problem& p,
                        const Launch& launch) { optimizer::TensorsInScratch::write(optimizer::layout(p.tensors), launch); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
#endif // HWY_ONCE
