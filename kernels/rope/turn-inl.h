// Cosine and sine on Highway vectors of doubles, for one instruction set at a time; included once for each.
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

struct TurnV {
  DoubleV cosine, sine;
};

HWY_INLINE TurnV turn(DoubleV phi) {
  using namespace rope::f64;
  const Doubles d;
  const auto number = [&](double x) { return hn::Set(d, x); };
  const DoubleV quarters = hn::Mul(phi, number(rope::quarters_per_radian)), nearest = hn::Round(quarters);
  const DoubleV t = hn::Mul(hn::Sub(quarters, nearest), number(rope::quarter)), z = hn::Mul(t, t);
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

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
