// One pass: gradients go into momenta a vector at a time.
// Limit: memory bandwidth, 12 bytes a parameter in fp32; ordinary stores, since every line written was just read.
#include "kernels/optimizer/scalars.hpp"
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/tiger_accumulate/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/optimizer/blocks-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace optimizer;

template <class G> void accumulate(float kept, float scale, const G* g, float* m, std::size_t n) {
  const V b = hn::Set(D(), kept), c = hn::Set(D(), scale);
  const auto one_block = [&](const G* from, float* to) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v) store(fma(b, load(to + v * lanes), hn::Mul(c, load(from + v * lanes))), to + v * lanes);
  };
  std::size_t i = 0;
  for (; i + block <= n; i += block) one_block(g + i, m + i);
  if (i == n) return;
  G some_g[block] = {};
  float some_m[block] = {};
  copy(g + i, n - i, some_g);
  copy(m + i, n - i, some_m);
  one_block(some_g, some_m);
  copy(some_m, n - i, m + i);
}

template <class P> void shrink(float factor, float centre, P* theta, std::size_t n) {
  const V s = hn::Set(D(), factor), c = hn::Set(D(), centre);
  const auto one_block = [&](P* x) {
    for (std::size_t v = 0; v < vectors; ++v) store(fma(s, hn::Sub(load(x + v * lanes), c), c), x + v * lanes);
  };
  std::size_t i = 0;
  for (; i + block <= n; i += block) one_block(theta + i);
  if (i == n) return;
  P some[block] = {};
  copy(theta + i, n - i, some);
  one_block(some);
  copy(some, n - i, theta + i);
}

template <class P, class G>
void micro_step(const TigerAccumulate::Problem& p, const TigerAccumulate::Args<P, G, float>& a, const Launch& launch) {
  const Scalars s = scalars(p);
  std::size_t t = 0;
  for (const Tensor& tensor : TensorsInScratch(launch).tensors) {
    const auto size = static_cast<std::size_t>(tensor.size());
    const bool bad = s.guarded && a.bad[t] != 0;
    if (!bad) accumulate(s.kept, s.scale, a.g + tensor.offset, a.m + tensor.offset, size);
    if (bad && !s.immediate) {
      a.sticky[t] = 1;
      for (std::size_t i = 0; s.first && i < size; ++i) a.m[tensor.offset + static_cast<std::int64_t>(i)] *= s.kept;
    }
    if (bad && s.immediate) {
      shrink(s.shrink, static_cast<float>(tensor.centre()), a.theta + tensor.offset, size);
      for (std::int64_t r = 0; r < tensor.groups(); ++r)
        a.sum_sq[tensor.first_group + r] = group_sum(a.theta + tensor.offset + r * tensor.group_size(), tensor.group_size());
    }
    ++t;
  }
}

auto MicroStep() { return std::make_tuple(micro_step<float, float>, micro_step<float, Bf16>, micro_step<Bf16, Bf16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(MicroStep);

template <class P, class G> constexpr Variant<TigerAccumulate, P, G, float> variant() {
  return {.name = "cpu_simd",
          .idea = "one pass over vectors",
          .numerics = numerics::stored_as<P>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(MicroStep, TigerAccumulate, P, G, float),
          .scratch = optimizer::TensorsInScratch::bytes,
          .prepare = optimizer::TensorsInScratch::write};
}

} // namespace

ASSAY_VARIANT(variant<float, float>());
ASSAY_VARIANT(variant<float, Bf16>());
ASSAY_VARIANT(variant<Bf16, Bf16>());

} // namespace assay
#endif // HWY_ONCE
