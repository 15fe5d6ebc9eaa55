// Eight distances at a time: a pair's cosine and sine serve all heads, from polynomials instead of the C library. Sums in double.
// Limit: about forty instructions in double for a pair and eight distances, and two for each head.
#include <vector>

#include "kernels/rope/sizes.hpp"
#include "kernels/simd.hpp"
#include "reference/rope/bias_curve.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rope/bias_curve/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/rope/turn-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

template <class T> void curve(const BiasCurve::Problem& p, const BiasCurve::Args<T>& a, const Launch& launch) {
  const Doubles d;
  const auto pairs = static_cast<std::size_t>(p.dim / 2), heads = static_cast<std::size_t>(p.heads);
  auto* const theta = reinterpret_cast<double*>(launch.scratch.data()); // then real and imaginary weights [pair][head], then sums
  double* const weights = theta + pairs;
  double* const sums = weights + 2 * pairs * heads;
  for (std::size_t i = 0; i < pairs; ++i)
    for (std::size_t h = 0; h < heads; ++h) {
      const auto [first, second] = rope::pair_at(p.pairing, p.dim, static_cast<int>(i));
      const T *x = a.a + h * 2 * pairs, *y = a.b + h * 2 * pairs;
      const double a1 = x[first], a2 = x[second], b1 = y[first], b2 = y[second];
      weights[2 * (i * heads + h)] = a1 * b1 + a2 * b2;
      weights[2 * (i * heads + h) + 1] = a1 * b2 - a2 * b1;
    }
  const auto step = static_cast<int>(doubles);
  for (int t = 0; t < p.count; t += step) {
    std::fill(sums, sums + heads * doubles, 0.0);
    const DoubleV distance = hn::Iota(d, static_cast<double>(p.first + t));
    for (std::size_t i = 0; i < pairs; ++i) {
      const TurnV<DoubleV> by = turn(hn::Mul(distance, hn::Set(d, theta[i])));
      for (std::size_t h = 0; h < heads; ++h) {
        const double* const w = weights + 2 * (i * heads + h);
        const DoubleV with_cosine = hn::MulAdd(hn::Set(d, w[0]), by.cosine, hn::LoadU(d, sums + h * doubles));
        hn::StoreU(hn::MulAdd(hn::Set(d, w[1]), by.sine, with_cosine), d, sums + h * doubles);
      }
    }
    for (std::size_t h = 0; h < heads; ++h)
      for (int k = 0; k < std::min(step, p.count - t); ++k)
        a.curve[h * static_cast<std::size_t>(p.count) + static_cast<std::size_t>(t + k)] =
            static_cast<T>(sums[h * doubles + static_cast<std::size_t>(k)]);
  }
}

auto Curve() { return std::make_tuple(curve<float>, curve<double>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Curve);

std::size_t scratch(const BiasCurve::Problem& p) {
  constexpr int most_lanes = 8;
  return static_cast<std::size_t>(p.dim / 2 + p.heads * (p.dim + most_lanes)) * sizeof(double);
}

void prepare(const BiasCurve::Problem& p, const Launch& launch) {
  const std::vector<double> theta = rope::frequencies(p.dim, p.base);
  std::copy(theta.begin(), theta.end(), reinterpret_cast<double*>(launch.scratch.data()));
}

template <class T> constexpr Variant<BiasCurve, T> variant() {
  return {.name = "cpu_simd",
          .idea = "eight distances at a time; a pair's cosine and sine serve all heads",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Curve, BiasCurve, T),
          .scratch = scratch,
          .prepare = prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<double>());

} // namespace assay
#endif // HWY_ONCE
