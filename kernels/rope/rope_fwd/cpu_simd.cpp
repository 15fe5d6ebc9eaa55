// Vectors, token by token: the turns of a token are looked up or computed once for all heads of queries and keys.
// Limit: memory bandwidth, 8 bytes an element in fp32 and 4 bytes of table for every two elements of one head.
#include "kernels/variant.hpp"
#include "reference/rope/rope_fwd.hpp"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128) // no FMA, or no arrays of vectors
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rope/rope_fwd/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/rope/rows-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

template <class T> void forward(const RopeFwd::Problem& p, const RopeFwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  const Side<T> sides[2] = {{a.q, p.bias ? a.q_bias : nullptr, a.q_out, nullptr, s.q, p.heads},
                            {a.k, p.bias ? a.k_bias : nullptr, a.k_out, nullptr, s.k, p.kv_heads}};
  turn_sides<false>(p, sides, a.position, rope::Workspace(p, 0, launch.scratch.data()));
}

// One function for each list of types: a table of instruction sets holds no templates.
void ForwardF32(const RopeFwd::Problem& p, const RopeFwd::Args<float>& a, const Launch& launch) { forward(p, a, launch); }
void ForwardBf16(const RopeFwd::Problem& p, const RopeFwd::Args<Bf16>& a, const Launch& launch) { forward(p, a, launch); }
void ForwardFp16(const RopeFwd::Problem& p, const RopeFwd::Args<Fp16>& a, const Launch& launch) { forward(p, a, launch); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(ForwardF32);
HWY_EXPORT(ForwardBf16);
HWY_EXPORT(ForwardFp16);

template <class T> void run(const RopeFwd::Problem& p, const RopeFwd::Args<T>& a, const Launch& launch) {
  if constexpr (std::is_same_v<T, float>)
    HWY_DYNAMIC_DISPATCH(ForwardF32)(p, a, launch);
  else if constexpr (std::is_same_v<T, Bf16>)
    HWY_DYNAMIC_DISPATCH(ForwardBf16)(p, a, launch);
  else
    HWY_DYNAMIC_DISPATCH(ForwardFp16)(p, a, launch);
}

template <class T> constexpr Variant<RopeFwd, T> variant() {
  return {
      .name = "cpu_simd",
      .idea = "vectors; turns of a token looked up or computed once for all heads",
      .numerics = numerics::stored_as<T>(),
      .repeatable = true,
      .run = run<T>,
      .scratch = [](const RopeFwd::Problem& p) { return rope::Workspace(p, 0, nullptr).bytes; },
      .prepare = [](const RopeFwd::Problem& p, const Launch& launch) { rope::prepare(p, rope::Workspace(p, 0, launch.scratch.data())); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
