// What blocked attention on the CPU is made of, for one instruction set at a time; included once for each. Strips of rows are multiplied
// with panels of columns: with queries as rows and keys as columns going forward and for dQ, the other way round for dK and dV.
#if defined(ASSAY_ATTENTION_TILES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ATTENTION_TILES_INL_H
#undef ASSAY_ATTENTION_TILES_INL_H
#else
#define ASSAY_ATTENTION_TILES_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/attention/scalars.hpp"
#include "kernels/exp2-inl.h"
#include "kernels/storage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
// Two vectors wide, and as many rows as leave room for a product's factors beside its sums: 12 of 16 registers, 24 of 32.
constexpr std::size_t panel = 2 * lanes, strip = lanes == 16 ? 12 : 6, strip_height = (strip + 3) / 4 * 4;
constexpr std::size_t block = 64; // columns whose products are in the first cache at a time
static_assert(block % panel == 0);

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

// Biases of a head by distance, in units of ln 2. Strips compute columns that no row of them sees, so a table reaches beyond both ends.
constexpr double log2e = 1.4426950408889634;
struct BiasTable {
  std::size_t distances, size;
  explicit BiasTable(const attention::Problem& p)
      : distances(static_cast<std::size_t>(attention::distances_of(p))), size(round_up(distances + 2 * (strip + panel), 16)) {}
  // By falling distance the biases of a query lie one after another along its keys, by rising distance those of a key along its queries.
  float* rising(float* at) const { return at + strip + panel; } // of distance 0
  float* falling(float* at) const { return rising(at) + distances - 1; }
  void write(const attention::Problem& p, const float* parameters, float* at, bool falls) const {
    std::fill(at, at + size, 0.0f);
    for (std::size_t t = 0; t < distances; ++t)
      *(falls ? falling(at) - t : rising(at) + t) = static_cast<float>(log2e * attention::bias_term(p, parameters, static_cast<int>(t)));
  }
};

HWY_INLINE V exp2(V x) { return exp2(D(), x); }

HWY_INLINE float sum_of(V x) { return hn::GetLane(hn::SumOfLanes(D(), x)); }
HWY_INLINE float max_of(V x) { return hn::GetLane(hn::MaxOfLanes(D(), x)); }

// Rows become columns: to[c * height + r] = scale[r] from[r * stride + c] for r < height, zeros from row `count` on. No scale: 1.
#if HWY_TARGET == HWY_SCALAR
template <std::size_t height, class T>
void pack_columns(const T* from, std::int64_t stride, std::size_t count, std::size_t width, const float* scale, float* to) {
  for (std::size_t r = 0; r < height; ++r)
    for (std::size_t c = 0; c < width; ++c)
      to[c * height + r] = r < count ? (scale == nullptr ? 1 : scale[r]) *
                                           to_float(from[static_cast<std::int64_t>(r) * stride + static_cast<std::int64_t>(c)])
                                     : 0;
}
#else
template <std::size_t height, class T>
void pack_columns(const T* from, std::int64_t stride, std::size_t count, std::size_t width, const float* scale, float* to) {
  const hn::CappedTag<float, 4> d;
  static_assert(height % 4 == 0);
  for (std::size_t r = 0; r < height; r += 4) {
    const auto factor = scale == nullptr ? hn::Set(d, 1.0f) : hn::LoadU(d, scale + r);
    const T* row[4];
    for (std::size_t k = 0; k < 4; ++k) row[k] = from + static_cast<std::int64_t>(std::min(r + k, count - 1)) * stride;
    const auto rows = hn::FirstN(d, count > r ? count - r : 0);
    for (std::size_t c = 0; c < width; c += 4) {
      const std::size_t some = std::min<std::size_t>(4, width - c);
      const auto get = [&](const T* x) HWY_ATTR { return some == 4 ? load(d, x + c) : load_some(d, x + c, some); };
      const auto r0 = get(row[0]), r1 = get(row[1]), r2 = get(row[2]), r3 = get(row[3]);
      const auto low01 = hn::InterleaveLower(d, r0, r1), low23 = hn::InterleaveLower(d, r2, r3);
      const auto high01 = hn::InterleaveUpper(d, r0, r1), high23 = hn::InterleaveUpper(d, r2, r3);
      const auto put = [&](std::size_t k, auto x) HWY_ATTR {
        if (k < some) hn::StoreU(hn::IfThenElseZero(rows, hn::Mul(factor, x)), d, to + (c + k) * height + r);
      };
      put(0, hn::ConcatLowerLower(d, low23, low01));
      put(1, hn::ConcatUpperUpper(d, low23, low01));
      put(2, hn::ConcatLowerLower(d, high23, high01));
      put(3, hn::ConcatUpperUpper(d, high23, high01));
    }
  }
}

#endif

// Rows as they are, times scale[r], `padded` floats apart, filled up with zeros. Returns whether all of it is finite.
template <class T> bool pack_rows(const T* from, std::int64_t stride, std::size_t count, std::size_t width, std::size_t padded,
                                  const float* scale, float* to) {
  const D d;
  V trace = hn::Zero(d); // 0 times a finite number is 0
  for (std::size_t r = 0; r < count; ++r) {
    const T* const row = from + static_cast<std::int64_t>(r) * stride;
    const V factor = hn::Set(d, scale == nullptr ? 1 : scale[r]);
    for (std::size_t c = 0; c < padded; c += lanes) {
      const std::size_t left = width > c ? width - c : 0;
      const V x = hn::Mul(factor, left >= lanes ? load(d, row + c) : load_some(d, row + c, left));
      trace = hn::MulAdd(x, hn::Zero(d), trace);
      hn::StoreU(x, d, to + r * padded + c);
    }
  }
  return hn::AllFalse(d, hn::IsNaN(trace));
}

// A row of floats times a factor, stored as T.
template <class T> void unpack_row(const float* from, float factor, std::size_t width, T* to) {
  const D d;
  for (std::size_t c = 0; c < width; c += lanes) {
    const V x = hn::Mul(hn::Set(d, factor), hn::LoadU(d, from + c));
    if (width - c >= lanes)
      store(x, d, to + c);
    else
      store_some(x, d, to + c, width - c);
  }
}

// s[r * block + c] = sum_l a[l * strip_height + r] b[l * panel + c]: a strip of rows with a panel of columns, both as pack_columns made
// them.
HWY_INLINE void multiply(const float* a, const float* b, std::size_t depth, float* s) {
  const D d;
  V sum[strip][2];
#pragma GCC unroll 16
  for (auto& row : sum) row[0] = row[1] = hn::Zero(d);
  for (std::size_t l = 0; l < depth; ++l) {
    const V b0 = hn::LoadU(d, b + l * panel), b1 = hn::LoadU(d, b + l * panel + lanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < strip; ++r) {
      const V x = hn::Set(d, a[l * strip_height + r]);
      sum[r][0] = hn::MulAdd(x, b0, sum[r][0]);
      sum[r][1] = hn::MulAdd(x, b1, sum[r][1]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < strip; ++r) {
    hn::StoreU(sum[r][0], d, s + r * block);
    hn::StoreU(sum[r][1], d, s + r * block + lanes);
  }
}

// o_r = keep_r o_r + sum_j p[r * block + j] v_j, first <= j < past, for `rows` rows of o and v that are `width` floats wide, panel by
// panel.
template <std::size_t rows> HWY_INLINE void accumulate(const float* p, const float* v, std::size_t first, std::size_t past,
                                                       std::size_t width, const float* keep, float* o) {
  const D d;
  for (std::size_t c = 0; c < width; c += panel) {
    V sum[rows][2];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < 2; ++k) sum[r][k] = hn::Mul(hn::Set(d, keep[r]), hn::LoadU(d, o + r * width + c + k * lanes));
    for (std::size_t j = first; j < past; ++j) {
      const V v0 = hn::LoadU(d, v + j * width + c), v1 = hn::LoadU(d, v + j * width + c + lanes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < rows; ++r) {
        const V x = hn::Set(d, p[r * block + j]);
        sum[r][0] = hn::MulAdd(x, v0, sum[r][0]);
        sum[r][1] = hn::MulAdd(x, v1, sum[r][1]);
      }
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < 2; ++k) hn::StoreU(sum[r][k], d, o + r * width + c + k * lanes);
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
