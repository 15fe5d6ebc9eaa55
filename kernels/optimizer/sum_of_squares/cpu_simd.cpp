// 64 running sums instead of one: the additions no longer wait for each other.
// Limit: memory bandwidth of reading, 4 bytes a parameter in fp32.
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/variant.hpp"
#include "reference/optimizer/sum_of_squares.hpp"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128) // no FMA, or no arrays of vectors
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/sum_of_squares/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/optimizer/blocks-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace optimizer;

template <class P> void sums(const SumOfSquares::Args<P>& a, const Launch& launch) {
  for (const Tensor& tensor : TensorsInScratch(launch).tensors)
    for (std::int64_t r = 0; r < tensor.groups(); ++r)
      a.sum_sq[tensor.first_group + r] = group_sum(a.theta + tensor.offset + r * tensor.group_size(), tensor.group_size());
}

void SumsF32(const SumOfSquares::Args<float>& a, const Launch& launch) { sums(a, launch); }
void SumsBf16(const SumOfSquares::Args<Bf16>& a, const Launch& launch) { sums(a, launch); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(SumsF32);
HWY_EXPORT(SumsBf16);

template <class P> void run(const SumOfSquares::Problem&, const SumOfSquares::Args<P>& a, const Launch& launch) {
  if constexpr (std::is_same_v<P, float>)
    HWY_DYNAMIC_DISPATCH(SumsF32)(a, launch);
  else
    HWY_DYNAMIC_DISPATCH(SumsBf16)(a, launch);
}

template <class P> constexpr Variant<SumOfSquares, P> variant() {
  return {.name = "cpu_simd",
          .idea = "64 running sums in vectors",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<P>,
          .scratch = [](const SumOfSquares::Problem& p) { return optimizer::TensorsInScratch::bytes(optimizer::layout(p.tensors)); },
          .prepare = [](const SumOfSquares::Problem& p,
                        const Launch& launch) { optimizer::TensorsInScratch::write(optimizer::layout(p.tensors), launch); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
#endif // HWY_ONCE
