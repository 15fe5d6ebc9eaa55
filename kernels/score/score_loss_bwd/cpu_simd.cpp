// Vectors of elements; a sliced loss goes point by point, along the dimensions, or by columns of points where these are few.
// Limit: memory bandwidth, 2 sizeof(T) + 4 bytes an element.
#include <algorithm>

#include "kernels/simd.hpp"
#include "reference/score/score_loss_bwd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/score/score_loss_bwd/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/score/losses-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

HWY_INLINE void put_up_to(V x, std::size_t count, float* to) {
  if (count == lanes)
    store(x, D(), to);
  else
    store_some(x, D(), to, count);
}

constexpr std::size_t width = 4 * lanes; // points of a tile
constexpr bool by_columns(const ScoreLossBwd::Problem& p) { return p.kind == Matching::sliced && p.dim < static_cast<int>(lanes); }

template <class T> void sliced_columns(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a, float* scratch) {
  const D d;
  const auto points = static_cast<std::size_t>(p.levels) * static_cast<std::size_t>(p.points), dim = static_cast<std::size_t>(p.dim);
  const V share = hn::Set(d, static_cast<float>(1.0 / p.points));
  float *const s = scratch, *const v = scratch + dim * width;
  for (std::size_t i = 0; i < points; i += width) {
    const std::size_t count = std::min(width, points - i);
    rows_to_columns(a.s + i * dim, count, dim, width, s);
    rows_to_columns(a.other + i * dim, count, dim, width, v);
    for (std::size_t c = 0; c < width; c += lanes) {
      V q = hn::Zero(d);
      for (std::size_t e = c; e < dim * width; e += width) q = hn::MulAdd(hn::LoadU(d, v + e), hn::LoadU(d, s + e), q);
      q = hn::Mul(q, share);
      for (std::size_t e = c; e < dim * width; e += width) hn::StoreU(hn::Mul(q, hn::LoadU(d, v + e)), d, v + e);
    }
    columns_to_rows(v, count, dim, width, a.d_s + i * dim);
  }
}

template <class T> void gradients(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a, const Launch& launch) {
  if (by_columns(p)) return sliced_columns(p, a, reinterpret_cast<float*>(launch.scratch.data()));
  const D d;
  const auto points = static_cast<std::size_t>(p.points), dim = static_cast<std::size_t>(p.dim);
  const float share = static_cast<float>(1.0 / p.points);
  const auto levels = static_cast<std::size_t>(p.levels);
  if (p.kind == Matching::sliced) {
    for (std::size_t i = 0; i < levels * points; ++i) {
      const T *const s = a.s + i * dim, *const v = a.other + i * dim;
      V sum = hn::Zero(d);
      for_vectors(dim, [&](std::size_t at, std::size_t count, std::size_t)
                           HWY_ATTR { sum = hn::MulAdd(load_up_to(v + at, count), load_up_to(s + at, count), sum); });
      const V q = hn::Mul(hn::SumOfLanes(d, sum), hn::Set(d, share));
      for_vectors(dim, [&](std::size_t at, std::size_t count, std::size_t)
                           HWY_ATTR { put_up_to(hn::Mul(q, load_up_to(v + at, count)), count, a.d_s + i * dim + at); });
    }
    return;
  }
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const V factor = hn::Set(d, pair ? 2 * share : share);
  for (std::size_t level = 0; level < levels; ++level) {
    const V by = hn::Set(d, p.kind == Matching::denoising ? 1 / a.noise[level] : -1);
    const std::size_t first = level * points * dim;
    for_vectors(points * dim, [&](std::size_t i, std::size_t count, std::size_t) HWY_ATTR {
      V r = load_up_to(a.s + first + i, count);
      if (pair) r = hn::MulAdd(by, load_up_to(a.other + first + i, count), r);
      put_up_to(hn::Mul(factor, r), count, a.d_s + first + i);
    });
  }
}

auto Gradients() { return std::make_tuple(gradients<float>, gradients<Bf16>, gradients<Fp16>); }
std::size_t ScratchBytes(const ScoreLossBwd::Problem& p) {
  return by_columns(p) ? 2 * static_cast<std::size_t>(p.dim) * width * sizeof(float) : 0;
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Gradients);
HWY_EXPORT(ScratchBytes);

template <class T> constexpr Variant<ScoreLossBwd, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors of elements",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Gradients, ScoreLossBwd, T),
          .scratch = [](const ScoreLossBwd::Problem& p) { return HWY_DYNAMIC_DISPATCH(ScratchBytes)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
