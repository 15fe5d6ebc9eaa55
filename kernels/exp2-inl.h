// The exponential that softmax, mixtures and kernel sums are made of, on Highway vectors of floats, for one instruction set at a time;
// included once for each.
#if defined(ASSAY_EXP2_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_EXP2_INL_H
#undef ASSAY_EXP2_INL_H
#else
#define ASSAY_EXP2_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// 2^f, |f| <= 1/2, as 1 + f q(f) with q of degree 5, whose minimax error relative to 2^f is 1.6e-8 with coefficients rounded to fp32.
// Rounding: 2^-24 of the last step; f q, at most 0.42 of 2^f, has 1.3 * 2^-24 of q's steps with fused multiply-adds, 2.6 * 2^-24 and a
// product's own without. Together below 1.6 + 0.3 units of 2^-24, or 2.6 + 0.3: within 2^-22. 1 at 0.
template <class Tag> HWY_INLINE hn::Vec<Tag> exp2_of_fraction(Tag d, hn::Vec<Tag> f) {
  hn::Vec<Tag> q = hn::Set(d, 0x1.420cfep-13f);
  q = hn::MulAdd(q, f, hn::Set(d, 0x1.5f3fa4p-10f));
  q = hn::MulAdd(q, f, hn::Set(d, 0x1.3b2d34p-7f));
  q = hn::MulAdd(q, f, hn::Set(d, 0x1.c6aee6p-5f));
  q = hn::MulAdd(q, f, hn::Set(d, 0x1.ebfbdcp-3f));
  q = hn::MulAdd(q, f, hn::Set(d, 0x1.62e43p-1f));
  return hn::MulAdd(q, f, hn::Set(d, 1.0f));
}

// 2^x, x < 128, within 2^-22: x = n + f exactly, n an integer and |f| <= 1/2. 0 below -126, so of -inf; NaN of NaN.
template <class Tag> HWY_INLINE hn::Vec<Tag> exp2(Tag d, hn::Vec<Tag> x) {
  const hn::RebindToSigned<Tag> di;
  using V = hn::Vec<Tag>;
  const V shift = hn::Set(d, 0x1.8p23f), moved = hn::Add(x, shift); // its low bits are n
  const V q = exp2_of_fraction(d, hn::Sub(x, hn::Sub(moved, shift)));
  const V power = hn::BitCast(d, hn::Add(hn::BitCast(di, q), hn::ShiftLeft<23>(hn::BitCast(di, moved))));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -126.0f)), power);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
