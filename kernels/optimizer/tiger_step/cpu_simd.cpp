// One pass: parameters, gradients and momenta go by once, and the new sum of squares is taken while they are in registers.
// Limit: memory bandwidth, 20 bytes a parameter in fp32; ordinary stores, since every line written was just read.
// passes=full: flags and sums first, group by group; then the update runs from the last chunk of a group to the first, for
// the end of the group is what the sums left in the caches.
#include "kernels/optimizer/scalars.hpp"
#include "kernels/optimizer/tensors_in_scratch.hpp"
#include "kernels/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/tiger_step/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/optimizer/blocks-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace optimizer;

// What happens to the momentum of a tensor: it takes the gradient, decays without one, or rests.
enum class Momentum { takes, decays, rests };

struct Step {
  V kept, scale, minus_eta, lambda, shrink, centre;
};

template <Momentum momentum, bool shrinks, class P, class G> HWY_INLINE V one_vector(const Step& s, P* theta, const G* g, float* m) {
  const D d;
  const V old = load(theta);
  V moved = hn::Zero(d);
  if constexpr (momentum == Momentum::takes) moved = store(fma(s.kept, load(m), hn::Mul(s.scale, load(g))), m);
  if constexpr (momentum == Momentum::decays) moved = store(hn::Mul(s.kept, load(m)), m);
  if constexpr (shrinks) return store(fma(s.shrink, hn::Sub(old, s.centre), s.centre), theta);
  // The sign of zero is zero and that of NaN is NaN: only where |m| > 0 holds does one take m's sign.
  const V sign = hn::IfThenElse(hn::Gt(hn::Abs(moved), hn::Zero(d)), hn::CopySign(hn::Set(d, 1.0f), moved), moved);
  return store(fma(s.minus_eta, fma(s.lambda, old, sign), old), theta);
}

// Returns the sum of squares of the n <= chunk_elements parameters that it leaves.
template <Momentum momentum, bool shrinks, class P, class G> float one_chunk(const Step& s, P* theta, const G* g, float* m, std::size_t n) {
  Squares squares;
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v) {
      const std::size_t at = i + v * lanes;
      squares.add(v, one_vector<momentum, shrinks>(s, theta + at, g + at, m + at));
    }
  }
  squares.add_rest(
      n - i, [&](std::size_t at) { return one_vector<momentum, shrinks>(s, theta + i + at, g + i + at, m + i + at); },
      [&](std::size_t at, std::size_t count) {
        P some_theta[lanes] = {};
        G some_g[lanes] = {};
        float some_m[lanes] = {};
        copy(theta + i + at, count, some_theta);
        copy(g + i + at, count, some_g);
        copy(m + i + at, count, some_m);
        const V moved = one_vector<momentum, shrinks>(s, some_theta, some_g, some_m);
        copy(some_theta, count, theta + i + at);
        copy(some_m, count, m + i + at);
        return moved;
      });
  return squares.total();
}

template <class P, class G> using OneChunk = float (*)(const Step&, P*, const G*, float*, std::size_t);

template <class P, class G> OneChunk<P, G> action(const Scalars& s, bool bad, bool shrinks) {
  if (!shrinks) return one_chunk<Momentum::takes, false, P, G>;
  if (!bad) return one_chunk<Momentum::takes, true, P, G>;
  return s.first && !s.immediate ? one_chunk<Momentum::decays, true, P, G> : one_chunk<Momentum::rests, true, P, G>;
}

template <class P, class G> void step(const TigerStep::Problem& p, const TigerStep::Args<P, G, float>& a, const Launch& launch) {
  const TensorsInScratch list(launch);
  const Scalars s = scalars(p);
  const bool full = p.passes == Passes::full, sticks = uses_sticky(p);
  const D d;
  Step c{hn::Set(d, s.kept), hn::Set(d, s.scale), hn::Zero(d), hn::Zero(d), hn::Set(d, s.shrink), hn::Zero(d)};
  std::size_t t = 0;
  for (const Tensor& tensor : list.tensors) {
    const bool bad = s.guarded && (full ? any_bad(a.g + tensor.offset, tensor.size(), s.nan_only) : a.bad[t] != 0);
    const OneChunk<P, G> act = action<P, G>(s, bad, bad || (sticks && a.sticky[t] != 0));
    if (sticks) a.sticky[t] = 0;
    ++t;
    c.lambda = hn::Set(d, tensor.elementwise() ? 0 : s.decay);
    c.centre = hn::Set(d, static_cast<float>(tensor.centre()));
    const std::int64_t size = tensor.group_size(), chunks = (size + chunk_elements - 1) / chunk_elements;
    const bool sums = full && !tensor.elementwise();
    for (std::int64_t r = 0; r < tensor.groups(); ++r) {
      const std::int64_t begin = tensor.offset + r * size, group = tensor.first_group + r;
      const float old = sums ? group_sum(a.theta + begin, size) : a.sum_sq[group];
      c.minus_eta = hn::Set(d, -rate(tensor, s.alpha, old));
      for (std::int64_t k = 0; k < chunks; ++k) {
        const std::int64_t chunk = sums ? chunks - 1 - k : k, at = begin + chunk * chunk_elements;
        list.partials[chunk] =
            act(c, a.theta + at, a.g + at, a.m + at, static_cast<std::size_t>(std::min(chunk_elements, begin + size - at)));
      }
      float sum = 0;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) sum += list.partials[chunk];
      a.new_sum_sq[group] = sum;
    }
  }
}

auto OneStep() { return std::make_tuple(step<float, float>, step<float, Bf16>, step<Bf16, Bf16>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(OneStep);

template <class P, class G> constexpr Variant<TigerStep, P, G, float> variant() {
  return {.name = "cpu_simd",
          .idea = "one pass over vectors, the new sum of squares on the way",
          .numerics = numerics::stored_as<P>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(OneStep, TigerStep, P, G, float),
          .scratch = optimizer::TensorsInScratch::bytes,
          .prepare = optimizer::TensorsInScratch::write};
}

} // namespace

ASSAY_VARIANT(variant<float, float>());
ASSAY_VARIANT(variant<float, Bf16>());
ASSAY_VARIANT(variant<Bf16, Bf16>());

} // namespace assay
#endif // HWY_ONCE
