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
using Four = hn::CappedTag<float, 4>;
struct Square {
  hn::Vec<Four> row[4];
};
HWY_INLINE Square transposed(const Square& x) {
  const Four d;
  const auto low01 = hn::InterleaveLower(d, x.row[0], x.row[1]), low23 = hn::InterleaveLower(d, x.row[2], x.row[3]);
  const auto high01 = hn::InterleaveUpper(d, x.row[0], x.row[1]), high23 = hn::InterleaveUpper(d, x.row[2], x.row[3]);
  return {{hn::ConcatLowerLower(d, low23, low01), hn::ConcatUpperUpper(d, low23, low01), hn::ConcatLowerLower(d, high23, high01),
           hn::ConcatUpperUpper(d, high23, high01)}};
}
#endif

// to[i * width + r] = from[r * dim + i]; from row `count` on the last one again. width is a multiple of 4.
template <class T> void rows_to_columns(const T* from, std::size_t count, std::size_t dim, std::size_t width, float* to) {
  for (std::size_t r = 0; r < width; r += 4) {
    const T* row[4];
    for (std::size_t k = 0; k < 4; ++k) row[k] = from + std::min(r + k, count - 1) * dim;
    std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; i + 4 <= dim; i += 4) {
      const Four d;
      const Square x = transposed({{load(d, row[0] + i), load(d, row[1] + i), load(d, row[2] + i), load(d, row[3] + i)}});
      for (std::size_t k = 0; k < 4; ++k) hn::StoreU(x.row[k], d, to + (i + k) * width + r);
    }
#endif
    for (; i < dim; ++i)
      for (std::size_t k = 0; k < 4; ++k) to[i * width + r + k] = to_float(row[k][i]);
  }
}

// The other way, `count` rows.
template <class T> void columns_to_rows(const float* from, std::size_t count, std::size_t dim, std::size_t width, T* to) {
  for (std::size_t r = 0; r < count; r += 4) {
    std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; r + 4 <= count && i + 4 <= dim; i += 4) {
      const Four d;
      const float* const x = from + i * width + r;
      const Square y = transposed({{hn::LoadU(d, x), hn::LoadU(d, x + width), hn::LoadU(d, x + 2 * width), hn::LoadU(d, x + 3 * width)}});
      for (std::size_t k = 0; k < 4; ++k) store(y.row[k], d, to + (r + k) * dim + i);
    }
#endif
    for (; i < dim; ++i)
      for (std::size_t k = r; k < std::min(r + 4, count); ++k) to[k * dim + i] = from_float<T>(from[i * width + k]);
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
