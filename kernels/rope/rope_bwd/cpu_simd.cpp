// Vectors, token by token, as forwards; gradients of biases are running sums beside the rows that they add, cut after 64 of them.
// Limit: memory bandwidth, 8 bytes an element in fp32; the sums stay in the first cache.
#include "kernels/simd.hpp"
#include "reference/rope/rope_bwd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rope/rope_bwd/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/rope/rows-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

template <class T> void backward(const RopeBwd::Problem& p, const RopeBwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  const std::int64_t of_queries = std::int64_t{p.heads} * p.dim, columns = rope::columns(p);
  const rope::Workspace at(p, launch.scratch.data());
  const Side<T> sides[2] = {{a.d_q_out, nullptr, a.d_q, p.bias ? at.sums : nullptr, s.q, p.heads},
                            {a.d_k_out, nullptr, a.d_k, p.bias ? at.sums + of_queries : nullptr, s.k, p.kv_heads}};
  turn_sides<true>(p, sides, a.position, at);
  if (!p.bias) return;
  std::copy(at.sums + columns, at.sums + columns + of_queries, a.d_q_bias);
  std::copy(at.sums + columns + of_queries, at.sums + 2 * columns, a.d_k_bias);
}

auto Backward() { return std::make_tuple(backward<float>, backward<Bf16>, backward<Fp16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Backward);

template <class T> constexpr Variant<RopeBwd, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors; sums of 64 rows beside the rows",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Backward, RopeBwd, T),
          .scratch = rope::scratch,
          .prepare = rope::prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
