// Vectors of elements, added in eight vectors of doubles; projections of sliced losses by columns of points.
// Limit: memory bandwidth, 2 sizeof(T) bytes an element (sliced: 3).
#include <algorithm>
#include <array>

#include "kernels/simd.hpp"
#include "reference/score/score_loss.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/score/score_loss/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/score/losses-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

constexpr std::size_t width = 4 * lanes; // points of a tile

template <Matching kind, class T> double sum(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, std::size_t level, float* scratch) {
  constexpr bool pair = kind == Matching::exact || kind == Matching::denoising;
  const D d;
  const auto points = static_cast<std::size_t>(p.points), dim = static_cast<std::size_t>(p.dim), n = points * dim;
  const std::size_t first = level * n;
  const V by = hn::Set(d, kind == Matching::denoising ? 1 / a.noise[level] : 0);
  Sums sums;
  for_vectors(n, [&](std::size_t i, std::size_t count, std::size_t chain) HWY_ATTR {
    const std::size_t at = first + i;
    if constexpr (kind != Matching::sliced) {
      V r = load_up_to(a.s + at, count);
      if constexpr (kind == Matching::exact) r = hn::Sub(r, load_up_to(a.other + at, count));
      if constexpr (kind == Matching::denoising) r = hn::MulAdd(by, load_up_to(a.other + at, count), r);
      sums.add(chain, hn::Mul(pair ? r : hn::Mul(hn::Set(d, 0.5f), r), r));
    }
    if constexpr (score::is_sliced(kind)) sums.add(chain, hn::Mul(load_up_to(a.other + at, count), load_up_to(a.product + at, count)));
  });
  if constexpr (kind == Matching::implicit)
    for_vectors(points, [&](std::size_t at, std::size_t count, std::size_t chain)
                            HWY_ATTR { sums.add(chain, load_up_to(a.divergence + level * points + at, count)); });
  if constexpr (kind == Matching::sliced) {
    float *const s = scratch, *const v = scratch + dim * width;
    for (std::size_t i = 0; i < points; i += width) {
      const std::size_t count = std::min(width, points - i);
      rows_to_columns(a.s + first + i * dim, count, dim, width, s);
      rows_to_columns(a.other + first + i * dim, count, dim, width, v);
      for (std::size_t c = 0; c < count; c += lanes) {
        V q = hn::Zero(d);
        for (std::size_t e = 0; e < dim; ++e) q = hn::MulAdd(hn::LoadU(d, v + e * width + c), hn::LoadU(d, s + e * width + c), q);
        sums.add(c / lanes, hn::IfThenElseZero(hn::FirstN(d, count - c), hn::Mul(hn::Mul(hn::Set(d, 0.5f), q), q)));
      }
    }
  }
  return sums.total();
}

template <class T> void losses(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, const Launch& launch) {
  constexpr std::array kinds = {sum<Matching::exact, T>, sum<Matching::denoising, T>, sum<Matching::implicit, T>, sum<Matching::sliced, T>,
                                sum<Matching::reduced, T>};
  auto* const scratch = reinterpret_cast<float*>(launch.scratch.data());
  for (std::size_t level = 0; level < static_cast<std::size_t>(p.levels); ++level)
    a.loss[level] = static_cast<float>(kinds[static_cast<std::size_t>(p.kind)](p, a, level, scratch) / p.points);
}

auto Losses() { return std::make_tuple(losses<float>, losses<Bf16>, losses<Fp16>); }
std::size_t ScratchBytes(const ScoreLoss::Problem& p) {
  return p.kind == Matching::sliced ? 2 * static_cast<std::size_t>(p.dim) * width * sizeof(float) : 0;
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Losses);
HWY_EXPORT(ScratchBytes);

template <class T> constexpr Variant<ScoreLoss, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors of elements, added in vectors of doubles",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Losses, ScoreLoss, T),
          .scratch = [](const ScoreLoss::Problem& p) { return HWY_DYNAMIC_DISPATCH(ScratchBytes)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
