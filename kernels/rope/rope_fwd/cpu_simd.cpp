// Vectors, token by token: the turns of a token are computed once for all heads of queries and keys.
// Limit: memory bandwidth, 8 bytes an element in fp32.
#include "kernels/simd.hpp"
#include "reference/rope/rope_fwd.hpp"

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
  turn_sides<false>(p, sides, a.position, rope::Workspace(p, launch.scratch.data()));
}

auto Forward() { return std::make_tuple(forward<float>, forward<Bf16>, forward<Fp16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Forward);

template <class T> constexpr Variant<RopeFwd, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors; turns of a token computed once for all heads",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Forward, RopeFwd, T),
          .scratch = rope::scratch,
          .prepare = rope::prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
