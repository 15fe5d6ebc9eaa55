// Distances on the line on Highway vectors of doubles, for one instruction set at a time; included once for each.
#if defined(ASSAY_TRANSPORT_LINE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_TRANSPORT_LINE_INL_H
#undef ASSAY_TRANSPORT_LINE_INL_H
#else
#define ASSAY_TRANSPORT_LINE_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <limits>

#include "kernels/transport/line.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D()), chains = 4;

HWY_INLINE V widened(const double* from) { return hn::LoadU(D(), from); }
HWY_INLINE V widened(const float* from) { return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<float, D>(), from)); }

// Whether all n are finite: x - x is NaN for those that are not, and so is every sum with one.
template <class T> bool all_finite(const T* x, std::size_t n) {
  V sum[chains];
  for (V& each : sum) each = hn::Zero(D());
  std::size_t i = 0;
  for (; i + chains * lanes <= n; i += chains * lanes) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < chains; ++k) {
      const V at = widened(x + i + k * lanes);
      sum[k] = hn::Add(sum[k], hn::Sub(at, at));
    }
  }
  double rest = hn::GetLane(hn::SumOfLanes(D(), hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]))));
  for (; i < n; ++i) rest += static_cast<double>(x[i]) - static_cast<double>(x[i]);
  return rest == 0;
}

// sum |x_i - y_i|^p
template <class T> double sum_of_powers(const T* x, const T* y, std::size_t n, transport::Power power) {
  double rest = 0;
  std::size_t i = 0;
  if (power.p == 1 || power.p == 2) {
    V sum[chains];
    for (V& each : sum) each = hn::Zero(D());
    for (; i + chains * lanes <= n; i += chains * lanes) {
#pragma GCC unroll 4
      for (std::size_t k = 0; k < chains; ++k) {
        const V apart = hn::Sub(widened(x + i + k * lanes), widened(y + i + k * lanes));
        sum[k] = power.p == 1 ? hn::Add(sum[k], hn::Abs(apart)) : hn::MulAdd(apart, apart, sum[k]);
      }
    }
    rest = hn::GetLane(hn::SumOfLanes(D(), hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]))));
  }
  for (; i < n; ++i) rest += power(static_cast<double>(x[i]) - static_cast<double>(y[i]));
  return rest;
}

// W_p^p of sorted points of equal weight.
template <class T> double sorted_cost(const T* x, std::int64_t n, const T* y, std::int64_t m, transport::Power power) {
  if (n != m) return transport::paired_cost(x, n, y, m, power);
  return sum_of_powers(x, y, static_cast<std::size_t>(n), power) / static_cast<double>(n);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
