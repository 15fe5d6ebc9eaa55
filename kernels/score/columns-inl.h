// Rows of points to columns and back, on Highway vectors, for one instruction set at a time; included once for each.
#if defined(ASSAY_SCORE_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_SCORE_COLUMNS_INL_H
#undef ASSAY_SCORE_COLUMNS_INL_H
#else
#define ASSAY_SCORE_COLUMNS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "kernels/storage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
// Squares of 4 x 4 numbers, one in each 128 bits: where vectors have eight lanes, two rows share one.
using Wide = hn::CappedTag<float, 8>;
constexpr std::size_t rows_together = hn::MaxLanes(Wide());
using Squares = hn::Vec<Wide>[4];

// Four numbers of row `at`, and of the fourth row after it where there is room.
template <class Tag, class T> HWY_INLINE hn::Vec<Tag> load_rows(Tag d, const T* at, std::size_t dim) {
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    return load(d, at);
  } else {
    const hn::Half<Tag> four;
    return hn::Combine(d, load(four, at + 4 * dim), load(four, at));
  }
}
template <class Tag, class T> HWY_INLINE void store_rows(hn::Vec<Tag> x, Tag d, T* at, std::size_t dim) {
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    store(x, d, at);
  } else {
    const hn::Half<Tag> four;
    store(hn::LowerHalf(four, x), four, at);
    store(hn::UpperHalf(four, x), four, at + 4 * dim);
  }
}

HWY_INLINE void transpose(Squares& x) {
  const Wide d;
  const hn::RepartitionToWide<hn::RebindToUnsigned<Wide>> pairs;
  const auto low = [&](auto a, auto b) HWY_ATTR { return hn::BitCast(pairs, hn::InterleaveLower(d, a, b)); };
  const auto high = [&](auto a, auto b) HWY_ATTR { return hn::BitCast(pairs, hn::InterleaveUpper(d, a, b)); };
  const auto low01 = low(x[0], x[1]), low23 = low(x[2], x[3]), high01 = high(x[0], x[1]), high23 = high(x[2], x[3]);
  x[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  x[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  x[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  x[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}
#endif

// to[i * width + r] = from[r * dim + i]; from row `count` on the last one again. width is a multiple of 4 and of a vector.
template <class T> void rows_to_columns(const T* from, std::size_t count, std::size_t dim, std::size_t width, float* to) {
  std::size_t whole = 0; // rows whose squares are done
#if HWY_TARGET != HWY_SCALAR
  for (; whole + rows_together <= count; whole += rows_together) {
    const T* row = from + whole * dim;
    for (std::size_t i = 0; i + 4 <= dim; i += 4, row += 4) {
      Squares x;
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) x[k] = load_rows(Wide(), row + k * dim, dim);
      transpose(x);
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) hn::StoreU(x[k], Wide(), to + (i + k) * width + whole);
    }
  }
#endif
  for (std::size_t r = 0; r < width; r += 4) {
    std::size_t i = r < whole ? dim / 4 * 4 : 0;
    if (i == dim) continue;
    const T* row[4];
    for (std::size_t k = 0; k < 4; ++k) row[k] = from + std::min(r + k, count - 1) * dim;
    for (; i < dim; ++i)
      for (std::size_t k = 0; k < 4; ++k) to[i * width + r + k] = to_float(row[k][i]);
  }
}

// The other way, `count` rows.
template <class T> void columns_to_rows(const float* from, std::size_t count, std::size_t dim, std::size_t width, T* to) {
  std::size_t whole = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; whole + rows_together <= count; whole += rows_together) {
    T* row = to + whole * dim;
    for (std::size_t i = 0; i + 4 <= dim; i += 4, row += 4) {
      Squares x;
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) x[k] = hn::LoadU(Wide(), from + (i + k) * width + whole);
      transpose(x);
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) store_rows(x[k], Wide(), row + k * dim, dim);
    }
  }
#endif
  for (std::size_t r = 0; r < count; r += 4)
    for (std::size_t i = r < whole ? dim / 4 * 4 : 0; i < dim; ++i)
      for (std::size_t k = r; k < std::min(r + 4, count); ++k) to[k * dim + i] = from_float<T>(from[i * width + k]);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
