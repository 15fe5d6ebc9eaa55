// Vectors, token by token, as forwards; gradients of biases are running sums beside the rows that they add, cut after 64 of them.
// Limit: memory bandwidth, 8 bytes an element in fp32; the sums stay in the first cache.
#include "kernels/variant.hpp"
#include "reference/rope/rope_bwd.hpp"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128) // no FMA, or no arrays of vectors
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
  const std::int64_t of_queries = std::int64_t{p.heads} * p.dim, columns = of_queries + std::int64_t{p.kv_heads} * p.dim;
  const rope::Workspace at(p, columns, launch.scratch.data());
  const Side<T> sides[2] = {{a.d_q_out, nullptr, a.d_q, p.bias ? at.sums : nullptr, s.q, p.heads},
                            {a.d_k_out, nullptr, a.d_k, p.bias ? at.sums + of_queries : nullptr, s.k, p.kv_heads}};
  turn_sides<true>(p, sides, a.position, at);
  if (!p.bias) return;
  std::copy(at.sums + columns, at.sums + columns + of_queries, a.d_q_bias);
  std::copy(at.sums + columns + of_queries, at.sums + 2 * columns, a.d_k_bias);
}

// One function for each list of types: a table of instruction sets holds no templates.
void BackwardF32(const RopeBwd::Problem& p, const RopeBwd::Args<float>& a, const Launch& launch) { backward(p, a, launch); }
void BackwardBf16(const RopeBwd::Problem& p, const RopeBwd::Args<Bf16>& a, const Launch& launch) { backward(p, a, launch); }
void BackwardFp16(const RopeBwd::Problem& p, const RopeBwd::Args<Fp16>& a, const Launch& launch) { backward(p, a, launch); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(BackwardF32);
HWY_EXPORT(BackwardBf16);
HWY_EXPORT(BackwardFp16);

template <class T> void run(const RopeBwd::Problem& p, const RopeBwd::Args<T>& a, const Launch& launch) {
  if constexpr (std::is_same_v<T, float>)
    HWY_DYNAMIC_DISPATCH(BackwardF32)(p, a, launch);
  else if constexpr (std::is_same_v<T, Bf16>)
    HWY_DYNAMIC_DISPATCH(BackwardBf16)(p, a, launch);
  else
    HWY_DYNAMIC_DISPATCH(BackwardFp16)(p, a, launch);
}

std::int64_t columns(const RopeBwd::Problem& p) { return std::int64_t{p.heads + p.kv_heads} * p.dim; }

template <class T> constexpr Variant<RopeBwd, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors; sums of 64 rows beside the rows",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const RopeBwd::Problem& p) { return rope::Workspace(p, columns(p), nullptr).bytes; },
          .prepare = [](const RopeBwd::Problem& p,
                        const Launch& launch) { rope::prepare(p, rope::Workspace(p, columns(p), launch.scratch.data())); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
