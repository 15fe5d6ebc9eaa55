// 64 running sums instead of one: the additions no longer wait for each other.
// Limit: memory bandwidth of reading, 4 bytes a parameter in fp32.
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/simd.hpp"
#include "reference/optimizer/sum_of_squares.hpp"

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

template <class P> void sums(const SumOfSquares::Problem&, const SumOfSquares::Args<P>& a, const Launch& launch) {
  for (const Tensor& tensor : TensorsInScratch(launch).tensors)
    for (std::int64_t r = 0; r < tensor.groups(); ++r)
      a.sum_sq[tensor.first_group + r] = group_sum(a.theta + tensor.offset + r * tensor.group_size(), tensor.group_size());
}

auto Sums() { return std::make_tuple(sums<float>, sums<Bf16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Sums);

template <class P> constexpr Variant<SumOfSquares, P> variant() {
  return {.name = "cpu_simd",
          .idea = "64 running sums in vectors",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = ASSAY_DISPATCH(Sums, SumOfSquares, P),
          .scratch = optimizer::TensorsInScratch::bytes,
          .prepare = optimizer::TensorsInScratch::write};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
#endif // HWY_ONCE
