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
// Rows that are multiplied with up to three vectors of columns at a time: as many as leave room for a product's factors beside its sums,
// 12 of 16 registers, 24 of 32.
constexpr std::size_t strip = lanes == 16 ? 8 : 4;

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

// Biases of a head by distance, in units of ln 2. Strips compute columns that no row of them sees, so a table reaches beyond both ends.
constexpr double log2e = 1.4426950408889634;
struct BiasTable {
  std::size_t distances, size;
  explicit BiasTable(const attention::Problem& p)
      : distances(static_cast<std::size_t>(attention::distances_of(p))), size(round_up(distances + 2 * (strip + lanes), 16)) {}
  // By falling distance the biases of a query lie one after another along its keys, by rising distance those of a key along its queries.
  float* rising(float* at) const { return at + strip + lanes; } // of distance 0
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

// Rows become columns: to[c * lanes + r] = scale[r] from[r * stride + c]. No scale: 1. Rows from `count` on repeat the last one.
#if HWY_TARGET == HWY_SCALAR
template <class T> void pack_columns(const T* from, std::int64_t, std::size_t, std::size_t width, const float* scale, float* to) {
  for (std::size_t c = 0; c < width; ++c) to[c] = (scale == nullptr ? 1 : *scale) * to_float(from[c]);
}
#else
template <class T>
void pack_columns(const T* from, std::int64_t stride, std::size_t count, std::size_t width, const float* scale, float* to) {
  const hn::CappedTag<float, 8> d; // blocks of four by four, one for each 128 bits
  const hn::CappedTag<float, 4> quarter;
  const hn::Repartition<std::uint64_t, decltype(d)> pairs;
  constexpr std::size_t height = hn::MaxLanes(d);
  const auto lower = [&](auto x, auto y)
                         HWY_ATTR { return hn::BitCast(d, hn::InterleaveLower(pairs, hn::BitCast(pairs, x), hn::BitCast(pairs, y))); };
  const auto upper = [&](auto x, auto y)
                         HWY_ATTR { return hn::BitCast(d, hn::InterleaveUpper(pairs, hn::BitCast(pairs, x), hn::BitCast(pairs, y))); };
  for (std::size_t r = 0; r < lanes; r += height) {
    const auto factor = scale == nullptr ? hn::Set(d, 1.0f) : hn::LoadU(d, scale + r);
    const T* row[height];
    for (std::size_t k = 0; k < height; ++k) row[k] = from + static_cast<std::int64_t>(std::min(r + k, count - 1)) * stride;
    for (std::size_t c = 0; c < width; c += 4) {
      const std::size_t some = std::min<std::size_t>(4, width - c);
      const auto four = [&](const T* x) HWY_ATTR { return some == 4 ? load(quarter, x + c) : load_some(quarter, x + c, some); };
      const auto get = [&](std::size_t k) HWY_ATTR {
        if constexpr (height == 8)
          return hn::Combine(d, four(row[k + 4]), four(row[k]));
        else
          return four(row[k]);
      };
      const auto r0 = get(0), r1 = get(1), r2 = get(2), r3 = get(3);
      const auto low01 = hn::InterleaveLower(d, r0, r1), low23 = hn::InterleaveLower(d, r2, r3);
      const auto high01 = hn::InterleaveUpper(d, r0, r1), high23 = hn::InterleaveUpper(d, r2, r3);
      const auto put = [&](std::size_t k, auto x) HWY_ATTR {
        if (k < some) hn::StoreU(scale == nullptr ? x : hn::Mul(factor, x), d, to + (c + k) * lanes + r);
      };
      put(0, lower(low01, low23));
      put(1, upper(low01, low23));
      put(2, lower(high01, high23));
      put(3, upper(high01, high23));
    }
  }
}
#endif

// Rows as they are, times scale[r], `padded` floats apart, filled up with zeros. Returns whether all of it is finite.
template <class T> bool pack_rows(const T* from, std::int64_t stride, std::size_t count, std::size_t width, std::size_t padded,
                                  const float* scale, float* to) {
  const D d;
  const hn::RebindToSigned<D> di;
  auto most = hn::Zero(di); // of the numbers without their signs, as integers: infinity and NaN are the largest
  for (std::size_t r = 0; r < count; ++r) {
    const T* const row = from + static_cast<std::int64_t>(r) * stride;
    const V factor = hn::Set(d, scale == nullptr ? 1 : scale[r]);
    for (std::size_t c = 0; c < padded; c += lanes) {
      const std::size_t left = width > c ? width - c : 0;
      const V x = hn::Mul(factor, left >= lanes ? load(d, row + c) : load_some(d, row + c, left));
      most = hn::Max(most, hn::BitCast(di, hn::Abs(x)));
      hn::StoreU(x, d, to + r * padded + c);
    }
  }
  return hn::AllTrue(di, hn::Lt(most, hn::Set(di, 0x7f800000)));
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

// sum[r][v] += sum_l a[r * stride + l] b[l * step + v * beside ...], l < n: rows of numbers times rows of vectors.
template <std::size_t rows, std::size_t vectors> HWY_INLINE void
multiply(const float* a, std::size_t stride, const float* b, std::size_t step, std::size_t beside, std::size_t n, V (&sum)[rows][vectors]) {
  const D d;
#pragma GCC unroll 4
  for (std::size_t l = 0; l < n; ++l) {
    V x[vectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) x[v] = hn::LoadU(d, b + l * step + v * beside);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r) {
      const V y = hn::Set(d, a[r * stride + l]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(y, x[v], sum[r][v]);
    }
  }
}

// Vectors by threes, or by twos where one would be left alone: too few sums at a time wait for their own last step.
template <class F> HWY_INLINE void in_groups(std::size_t vectors, const F& f) {
  std::size_t at = 0;
  for (; vectors - at == 3 || vectors - at > 4; at += 3) f.template operator()<3>(at);
  for (; vectors - at >= 2; at += 2) f.template operator()<2>(at);
  if (at < vectors) f.template operator()<1>(at);
}

// s[r * apart + c] = sum_l a[r * stride + l] b[c / lanes * depth * lanes + l * lanes + c % lanes]: a strip of rows with `panels` panels
// of columns as pack_columns made them.
inline void products(const float* a, std::size_t stride, const float* b, std::size_t depth, std::size_t panels, float* s,
                     std::size_t apart) {
  in_groups(panels, [&]<std::size_t vectors>(std::size_t at) HWY_ATTR {
    const D d;
    V sum[strip][vectors];
#pragma GCC unroll 16
    for (auto& row : sum)
      for (auto& x : row) x = hn::Zero(d);
    multiply(a, stride, b + at * depth * lanes, lanes, depth * lanes, depth, sum);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < strip; ++r)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v) hn::StoreU(sum[r][v], d, s + r * apart + (at + v) * lanes);
  });
}

// o_r = keep_r o_r + sum_j p[r * stride + j] v_j, j < n, for `rows` rows of o and v that are `width` floats wide.
template <std::size_t rows>
void accumulate(const float* p, std::size_t stride, const float* v, std::size_t n, std::size_t width, const float* keep, float* o) {
  in_groups(width / lanes, [&]<std::size_t vectors>(std::size_t at) HWY_ATTR {
    const D d;
    V sum[rows][vectors];
    float* const to = o + at * lanes;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (std::size_t k = 0; k < vectors; ++k) sum[r][k] = hn::Mul(hn::Set(d, keep[r]), hn::LoadU(d, to + r * width + k * lanes));
    multiply(p, stride, v + at * lanes, width, lanes, n, sum);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (std::size_t k = 0; k < vectors; ++k) hn::StoreU(sum[r][k], d, to + r * width + k * lanes);
  });
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
