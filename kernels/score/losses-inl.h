// Terms of the losses of score matching on Highway vectors, for one instruction set at a time; included once for each. Terms are made in
// fp32 and added in double.
#if defined(ASSAY_SCORE_LOSSES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_SCORE_LOSSES_INL_H
#undef ASSAY_SCORE_LOSSES_INL_H
#else
#define ASSAY_SCORE_LOSSES_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>

#include "kernels/score/columns-inl.h"
#include "reference/score/score_loss.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using score::Matching;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());

// Four vectors of sums in double for each half of a vector: their additions do not wait for each other.
class Sums {
  static constexpr std::size_t chains = 4;
#if HWY_TARGET == HWY_SCALAR
  double sum_[chains] = {};

public:
  HWY_INLINE void add(std::size_t chain, V x) { sum_[chain] += static_cast<double>(hn::GetLane(x)); }
  double total() const { return (sum_[0] + sum_[1]) + (sum_[2] + sum_[3]); }
#else
  using Half = hn::Half<D>;
  using Doubles = hn::Rebind<double, Half>;
  hn::Vec<Doubles> low_[chains], high_[chains];

public:
  HWY_INLINE Sums() {
    for (std::size_t k = 0; k < chains; ++k) low_[k] = high_[k] = hn::Zero(Doubles());
  }
  HWY_INLINE void add(std::size_t chain, V x) {
    low_[chain] = hn::Add(low_[chain], hn::PromoteTo(Doubles(), hn::LowerHalf(Half(), x)));
    high_[chain] = hn::Add(high_[chain], hn::PromoteTo(Doubles(), hn::UpperHalf(Half(), x)));
  }
  double total() const {
    auto all = hn::Zero(Doubles());
    for (std::size_t k = 0; k < chains; ++k) all = hn::Add(all, hn::Add(low_[k], high_[k]));
    return hn::GetLane(hn::SumOfLanes(Doubles(), all));
  }
#endif
};

// step(at, count, chain) for whole vectors, and for what is left with count < lanes.
template <class Step> HWY_INLINE void for_vectors(std::size_t n, Step step) {
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < 4; ++k) step(i + k * lanes, lanes, k);
  }
  for (; i < n; i += lanes) step(i, n - i < lanes ? n - i : lanes, 0);
}

template <class T> HWY_INLINE V load_up_to(const T* from, std::size_t count) {
  return count == lanes ? load(D(), from) : load_some(D(), from, count);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
