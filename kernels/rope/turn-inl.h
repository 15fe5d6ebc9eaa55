// Cosine and sine on Highway vectors, for one instruction set at a time; included once for each. Angles are reduced in double.
#if defined(ASSAY_ROPE_TURN_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ROPE_TURN_INL_H
#undef ASSAY_ROPE_TURN_INL_H
#else
#define ASSAY_ROPE_TURN_INL_H
#endif

#include <hwy/highway.h>

#include "kernels/rope/polynomials.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
using DoubleV = hn::Vec<Doubles>;
constexpr std::size_t doubles = hn::MaxLanes(Doubles());

using Floats = hn::CappedTag<float, 16>;
using FloatV = hn::Vec<Floats>;
using Ints = hn::Rebind<std::int32_t, Floats>;

template <class Vector> struct TurnV { Vector cosine, sine; };

// phi = n pi / 2 + t
struct ReducedV {
  DoubleV n, t;
};
HWY_INLINE ReducedV reduced(DoubleV phi) {
  const Doubles d;
  const DoubleV quarters = hn::Mul(phi, hn::Set(d, rope::quarters_per_radian)), nearest = hn::Round(quarters);
  return {nearest, hn::Mul(hn::Sub(quarters, nearest), hn::Set(d, rope::quarter))};
}

HWY_INLINE TurnV<DoubleV> turn(DoubleV phi) {
  using namespace rope::f64;
  const Doubles d;
  const auto number = [&](double x) { return hn::Set(d, x); };
  const auto [nearest, t] = reduced(phi);
  const DoubleV z = hn::Mul(t, t);
  DoubleV p = number(c6), q = number(s6);
  for (const double c : {c5, c4, c3, c2, c1}) p = hn::MulAdd(p, z, number(c));
  for (const double s : {s5, s4, s3, s2, s1}) q = hn::MulAdd(q, z, number(s));
  const DoubleV half = hn::Mul(number(0.5), z), w = hn::Sub(number(1), half);
  const DoubleV cosine = hn::Add(w, hn::MulAdd(hn::Mul(z, z), p, hn::Sub(hn::Sub(number(1), w), half)));
  const DoubleV sine = hn::MulAdd(hn::Mul(t, z), q, t);
  // Quadrant 0 ... 3; in doubles, since not all instruction sets convert them to integers.
  const DoubleV quadrant = hn::NegMulAdd(hn::Floor(hn::Mul(nearest, number(0.25))), number(4), nearest);
  const auto first = hn::Eq(quadrant, number(1)), second = hn::Eq(quadrant, number(2)), third = hn::Eq(quadrant, number(3));
  const auto odd = hn::Or(first, third);
  const DoubleV c = hn::IfThenElse(odd, sine, cosine), s = hn::IfThenElse(odd, cosine, sine);
  return {hn::IfThenElse(hn::Or(first, second), hn::Neg(c), c), hn::IfThenElse(hn::Or(second, third), hn::Neg(s), s)};
}

// Of n pi / 2 + t, t reduced and rounded to fp32.
HWY_INLINE TurnV<FloatV> turn(hn::Vec<Ints> n, FloatV t) {
  using namespace rope::f32;
  const Floats d;
  const Ints ints;
  const auto number = [&](float x) { return hn::Set(d, x); };
  const FloatV z = hn::Mul(t, t);
  const FloatV p = hn::MulAdd(hn::MulAdd(number(c3), z, number(c2)), z, number(c1));
  const FloatV q = hn::MulAdd(hn::MulAdd(number(s3), z, number(s2)), z, number(s1));
  const FloatV cosine = hn::MulAdd(hn::Mul(z, z), p, hn::NegMulAdd(number(0.5f), z, number(1)));
  const FloatV sine = hn::MulAdd(hn::Mul(t, z), q, t);
  // An odd quadrant swaps them; the second bit of n + 1 is the sign of the cosine, that of n the sign of the sine.
  const FloatV odd = hn::BitCast(d, hn::ShiftLeft<31>(n)), negative = number(-0.0f);
  const FloatV c_sign = hn::And(hn::BitCast(d, hn::ShiftLeft<30>(hn::Add(n, hn::Set(ints, 1)))), negative);
  const FloatV s_sign = hn::And(hn::BitCast(d, hn::ShiftLeft<30>(n)), negative);
  return {hn::Xor(hn::IfNegativeThenElse(odd, sine, cosine), c_sign), hn::Xor(hn::IfNegativeThenElse(odd, cosine, sine), s_sign)};
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
