// Pairs of points on vectors, for one instruction set at a time; included once for each.
#if defined(ASSAY_PAIRS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_PAIRS_INL_H
#undef ASSAY_PAIRS_INL_H
#else
#define ASSAY_PAIRS_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>

#include "kernels/exp2-inl.h"
#include "kernels/transport/side.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using transport::Side;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
static_assert(transport::panel % (4 * lanes) == 0);

// 2^(x - o) in two operations less than exp2 of a difference. o: an integer, |o| < 2^22 - 128, x < o + 128. What is below 2^-126 is 0 or
// subnormal.
class Origin {
public:
  explicit HWY_INLINE Origin(float o) : shift_(hn::Set(D(), 0x1.8p23f - o)), least_(hn::Set(D(), o - 127)) {}
  HWY_INLINE V exp2_of(V x) const {
    const D d;
    const hn::RebindToSigned<D> di;
    x = hn::Max(x, least_);             // whose power is the bits of 1 less 127 exponents: 0
    const V moved = hn::Add(x, shift_); // its low bits are the nearest integer to x, less o
    const V q = exp2_of_fraction(d, hn::Sub(x, hn::Sub(moved, shift_)));
    return hn::BitCast(d, hn::Add(hn::BitCast(di, q), hn::ShiftLeft<23>(hn::BitCast(di, moved))));
  }

private:
  V shift_, least_;
};

HWY_INLINE float sum_of(V x) { return hn::GetLane(hn::SumOfLanes(D(), x)); }
HWY_INLINE float max_of(V x) { return hn::GetLane(hn::MaxOfLanes(D(), x)); }

// step(x, y, e[r][v]) for every coordinate: x of points i + r in all lanes, y of `lanes` columns from j + v lanes on. dim 0: as many
// coordinates as there are.
template <std::size_t dim, std::size_t rows, std::size_t vectors, class F>
HWY_INLINE void for_coordinates(const Side& z, std::size_t i, const Side& to, std::size_t j, V (&e)[rows][vectors], const F& step) {
  const D d;
  const std::size_t width = dim == 0 ? z.dim : dim;
  const float *const x = z.points + transport::place(i, width), *const y = to.points + transport::place(j, width);
#pragma GCC unroll 4
  for (std::size_t k = 0; k < width; ++k) {
    V row[rows];
#pragma GCC unroll 2
    for (std::size_t r = 0; r < rows; ++r) row[r] = hn::Set(d, x[k * transport::panel + r]);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) {
      const V column = hn::LoadU(d, y + k * transport::panel + v * lanes);
#pragma GCC unroll 2
      for (std::size_t r = 0; r < rows; ++r) e[r][v] = step(row[r], column, e[r][v]);
    }
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
