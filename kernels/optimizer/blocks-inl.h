// Blocks of 64 numbers on Highway vectors, for one instruction set at a time; included once for each.
// A sum of squares has 64 running sums whatever the vector width, element i of a chunk in number i mod 64, and one tree over
// them: the same bits on every machine and at every alignment. Instruction sets without fused multiply-add are left out,
// except the scalar one, where std::fma takes its place.
#if defined(ASSAY_OPTIMIZER_BLOCKS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_OPTIMIZER_BLOCKS_INL_H
#undef ASSAY_OPTIMIZER_BLOCKS_INL_H
#else
#define ASSAY_OPTIMIZER_BLOCKS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/storage-inl.h"
#include "reference/optimizer/tensors.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t block = 64, vectors = block / lanes;

HWY_INLINE V fma(V a, V b, V c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  const D d;
  alignas(64) float x[lanes], y[lanes], z[lanes];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (std::size_t i = 0; i < lanes; ++i) x[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, x);
#endif
}

template <class T> HWY_INLINE V load(const T* from) { return load(D(), from); }
template <class T> HWY_INLINE V store(V x, T* to) { return store(x, D(), to); } // returns what was stored

// Running sums of squares of one chunk.
struct Squares {
  V sum[vectors];

  HWY_INLINE Squares() {
    for (V& each : sum) each = hn::Zero(D());
  }
  HWY_INLINE void add(std::size_t v, V x) { sum[v] = fma(x, x, sum[v]); }
  // The last n < 64 numbers of a chunk: whole(at) gives the vector that starts at number `at`, part(at, count) the last one,
  // of which only `count` lanes count, whatever an infinite rate or a centre away from zero made of the others.
  template <class Whole, class Part> HWY_INLINE void add_rest(std::size_t n, Whole whole, Part part) {
    const std::size_t last = n / lanes, count = n % lanes;
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v)
      if (v < last) add(v, whole(v * lanes));
    if (count == 0) return;
    const V x = hn::IfThenElseZero(hn::FirstN(D(), count), part(last * lanes, count));
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v)
      if (v == last) add(v, x);
  }
  // Number i takes number i + 32, then i + 16, and so on: whole vectors first, lanes at the end.
  HWY_INLINE float total() {
#pragma GCC unroll 4
    for (std::size_t half = vectors / 2; half > 0; half /= 2)
#pragma GCC unroll 16
      for (std::size_t v = 0; v < half; ++v) sum[v] = hn::Add(sum[v], sum[v + half]);
    alignas(64) float all[lanes];
    hn::Store(sum[0], D(), all);
#pragma GCC unroll 4
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
#pragma GCC unroll 16
      for (std::size_t i = 0; i < half; ++i) all[i] += all[i + half];
    return all[0];
  }
};

template <class T> HWY_INLINE void copy(const T* from, std::size_t n, T* to) { std::copy(from, from + n, to); }

// Sum of squares of n <= chunk_elements numbers.
template <class T> float sum_of_squares(const T* x, std::size_t n) {
  Squares squares;
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < vectors; ++v) squares.add(v, load(x + i + v * lanes));
  }
  squares.add_rest(
      n - i, [&](std::size_t at) { return load(x + i + at); },
      [&](std::size_t at, std::size_t count) {
        T some[lanes] = {};
        copy(x + i + at, count, some);
        return load(some);
      });
  return squares.total();
}

// Sum of squares of a group of any length: chunk after chunk.
template <class T> float group_sum(const T* x, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; i += optimizer::chunk_elements)
    sum += sum_of_squares(x + i, static_cast<std::size_t>(std::min(optimizer::chunk_elements, n - i)));
  return sum;
}

// Largest pattern of bits without sign, as a signed integer: exponents beyond every finite number compare as the largest.
template <class Int, class T> Int largest_pattern(const T* x, std::size_t n) {
  const hn::CappedTag<Int, 64 / sizeof(Int)> d;
  const std::size_t step = 4 * hn::Lanes(d);
  const auto mask = hn::Set(d, static_cast<Int>(~(Int{1} << (8 * sizeof(Int) - 1))));
  const Int* bits = nullptr;
  if constexpr (std::is_same_v<T, Bf16>)
    bits = reinterpret_cast<const Int*>(&x->bits);
  else
    bits = reinterpret_cast<const Int*>(x);
  auto a = hn::Zero(d), b = a, c = a, e = a;
  std::size_t i = 0;
  for (; i + step <= n; i += step) {
    a = hn::Max(a, hn::And(mask, hn::LoadU(d, bits + i)));
    b = hn::Max(b, hn::And(mask, hn::LoadU(d, bits + i + step / 4)));
    c = hn::Max(c, hn::And(mask, hn::LoadU(d, bits + i + step / 2)));
    e = hn::Max(e, hn::And(mask, hn::LoadU(d, bits + i + 3 * step / 4)));
  }
  alignas(64) Int all[64 / sizeof(Int)];
  hn::Store(hn::Max(hn::Max(a, b), hn::Max(c, e)), d, all);
  Int most = *std::max_element(all, all + step / 4);
  for (; i < n; ++i) most = std::max(most, static_cast<Int>(bits[i] & ~(Int{1} << (8 * sizeof(Int) - 1))));
  return most;
}

// Whether one of n gradients is NaN, or not finite; looks no further than the chunk where it finds one.
template <class T> bool any_bad(const T* g, std::int64_t n, bool nan_only) {
  using Int = std::conditional_t<sizeof(T) == 2, std::int16_t, std::int32_t>;
  constexpr Int infinity = sizeof(T) == 2 ? 0x7f80 : 0x7f800000;
  for (std::int64_t i = 0; i < n; i += optimizer::chunk_elements)
    if (largest_pattern<Int>(g + i, static_cast<std::size_t>(std::min(optimizer::chunk_elements, n - i))) >= infinity + (nan_only ? 1 : 0))
      return true;
  return false;
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
