// Rows of queries and keys turned on Highway vectors, for one instruction set at a time; included once for each.
// Token by token: its turns are spread once into the form that the pairing wants and stay in the first cache for all heads.
#if defined(ASSAY_ROPE_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ROPE_ROWS_INL_H
#undef ASSAY_ROPE_ROWS_INL_H
#else
#define ASSAY_ROPE_ROWS_INL_H
#endif

#include <hwy/cache_control.h>

#include <cstdint>

#include "kernels/optimizer/blocks-inl.h"
#include "kernels/rope/turn-inl.h"
#include "kernels/rope/workspace.hpp"
#include "reference/rope/rope_bwd.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA
HWY_INLINE V swapped(V x) { return hn::Shuffle2301(x); } // neighbours
#else
HWY_INLINE V swapped(V x) {
  alignas(64) float from[lanes], to[lanes];
  hn::Store(x, D(), from);
  for (std::size_t i = 0; i < lanes; ++i) to[i] = from[(i ^ 1) % lanes];
  return hn::Load(D(), to);
}
#endif

// Around the caches, to a multiple of the vector's own size.
HWY_INLINE void stream(V x, float* to) { hn::Stream(x, D(), to); }
template <class T> HWY_INLINE void stream(V x, T* to) {
  const hn::Rebind<std::uint16_t, D> d16;
  alignas(64) T narrow[lanes];
  store(x, narrow);
  hn::Stream(hn::Load(d16, &narrow[0].bits), d16, &to->bits);
}

// The hardware's own prefetching stops at every page; asking ahead keeps more lines in flight.
constexpr std::ptrdiff_t bytes_ahead = 2048;
template <class T> HWY_INLINE void ask_ahead(const T* x) {
  hwy::Prefetch(reinterpret_cast<const T*>(reinterpret_cast<std::uintptr_t>(x) + bytes_ahead)); // may lie past the array, and is not read
}

template <class T> struct Side {
  const T* x;
  const float* bias; // null: none
  T* y;
  float* sums; // null: none
  rope::Strides strides;
  int heads;
};

// All heads of one side of one token, from element `first` on. c, s: cosines and sines of the pairs (half_split), or of the elements, those
// of first elements with the sign changed (interleaved; backwards, of the second).
template <bool half_split, bool back, class T> HWY_NOINLINE void turn_token(int rotary, int dim, bool bypass, const float* HWY_RESTRICT c,
                                                                            const float* HWY_RESTRICT s, const Side<T>& side,
                                                                            std::int64_t first) {
  constexpr int step = static_cast<int>(lanes);
  const int half = rotary / 2;
  for (int h = 0; h < side.heads; ++h) {
    const T* HWY_RESTRICT const x = side.x + first + h * side.strides.head;
    T* HWY_RESTRICT const y = side.y + first + h * side.strides.head;
    const float* HWY_RESTRICT const bias = back || side.bias == nullptr ? nullptr : side.bias + h * dim;
    float* HWY_RESTRICT const sums = !back || side.sums == nullptr ? nullptr : side.sums + h * dim;
    const auto in = [&](int e) {
      ask_ahead(x + e);
      return bias != nullptr ? hn::Add(load(x + e), load(bias + e)) : load(x + e);
    };
    const auto out = [&](int e, V v) {
      if (bypass)
        stream(v, y + e);
      else
        store(v, y + e);
      if (sums != nullptr) store(hn::Add(load(sums + e), v), sums + e);
    };
    const auto one_in = [&](int e) { return bias != nullptr ? to_float(x[e]) + bias[e] : to_float(x[e]); };
    const auto one_out = [&](int e, float v) {
      y[e] = from_float<T>(v);
      if (sums != nullptr) sums[e] += v;
    };
    if constexpr (half_split) {
      int i = 0;
      for (; i + step <= half; i += step) {
        const V a = in(i), b = in(half + i), cosine = load(c + i), sine = load(s + i);
        out(i, back ? hn::MulAdd(a, cosine, hn::Mul(b, sine)) : hn::MulSub(a, cosine, hn::Mul(b, sine)));
        out(half + i, back ? hn::MulSub(b, cosine, hn::Mul(a, sine)) : hn::MulAdd(b, cosine, hn::Mul(a, sine)));
      }
      for (; i < half; ++i) {
        const float a = one_in(i), b = one_in(half + i), sine = back ? -s[i] : s[i];
        one_out(i, a * c[i] - b * sine);
        one_out(half + i, b * c[i] + a * sine);
      }
    } else {
      int e = 0;
      if constexpr (step > 1)
        for (; e + step <= rotary; e += step) {
          const V v = in(e);
          out(e, hn::MulAdd(v, load(c + e), hn::Mul(swapped(v), load(s + e))));
        }
      for (; e < rotary; e += 2) {
        const float a = one_in(e), b = one_in(e + 1);
        one_out(e, a * c[e] + b * s[e]);
        one_out(e + 1, b * c[e] + a * s[e + 1]);
      }
    }
    int e = rotary;
    for (; e + step <= dim; e += step) out(e, in(e));
    for (; e < dim; ++e) one_out(e, one_in(e));
  }
}

// Cosines and sines at one position, before stretching.
inline void fill_turns(const rope::Problem& p, std::int64_t position, const double* theta, float* row) {
  const int half = p.rotary / 2;
  for (int i = 0; i < half; i += static_cast<int>(doubles)) {
    alignas(64) double phi[doubles] = {}, c[doubles], s[doubles];
    const int count = std::min(static_cast<int>(doubles), half - i);
    for (int k = 0; k < count; ++k) phi[k] = rope::angle(p, position, theta[i + k]);
    const TurnV by = turn(hn::Load(Doubles(), phi));
    hn::Store(by.cosine, Doubles(), c);
    hn::Store(by.sine, Doubles(), s);
    for (int k = 0; k < count; ++k) row[i + k] = static_cast<float>(c[k]), row[half + i + k] = static_cast<float>(s[k]);
  }
}

// A row of turns as turn_token wants it: cosines, and sines at the pointer given back. spread: room for it.
template <bool half_split, bool back> const float* spread_turns(int rotary, const float*& row, float* spread) {
  const int half = rotary / 2;
  const float *const c = row, *const s = row + half;
  if constexpr (half_split) return s;
  float* const sines = spread + rotary;
  for (int i = 0; i < half; ++i) {
    spread[2 * i] = spread[2 * i + 1] = c[i];
    sines[2 * i] = back ? s[i] : -s[i];
    sines[2 * i + 1] = -sines[2 * i];
  }
  row = spread;
  return sines;
}

template <bool half_split, bool back, class T>
void turn_all(const rope::Problem& p, bool bypass, const Side<T> (&sides)[2], const std::int64_t* position, const rope::Workspace& at) {
  const bool scattered = p.positions == rope::Positions::scattered, sums = back && p.bias;
  const std::size_t r = static_cast<std::size_t>(p.rotary), kinds = rope::Workspace::sides_of(p);
  const std::int64_t columns = std::int64_t{p.heads + p.kv_heads} * p.dim;
  float* const running = at.sums;
  float* const total = at.sums + columns;
  const auto cut = [&] {
    for (std::int64_t e = 0; e < columns; ++e) total[e] += running[e], running[e] = 0;
  };
  if (sums) std::fill(running, running + 2 * columns, 0.0f);
  const float *c[2] = {}, *s[2] = {};
  std::int64_t rows = 0;
  for (int t = 0; t < p.tokens; ++t)
    for (int b = 0; b < p.batch; ++b) {
      if (scattered) {
        const std::int64_t m = position[b * p.tokens + t];
        fill_turns(p, m, at.theta, at.table);
        if (p.xpos) rope::stretch(p, m, at.table);
      }
      if (scattered || b == 0)
        for (std::size_t k = 0; k < 2; ++k) {
          if (k < kinds) {
            c[k] = at.table + ((scattered ? 0 : static_cast<std::size_t>(t) * kinds) + k) * r;
            s[k] = spread_turns<half_split, back>(p.rotary, c[k], at.spread + k * 2 * r);
          } else
            c[k] = c[0], s[k] = s[0];
        }
      for (int k = 0; k < 2; ++k)
        turn_token<half_split, back>(p.rotary, p.dim, bypass, c[k], s[k], sides[k],
                                     b * sides[k].strides.batch + t * sides[k].strides.token);
      if (sums && ++rows % rope::rows_of_sum == 0) cut();
    }
  if (sums) cut();
  if (bypass) hwy::FlushStream();
}

// Stores go around the caches where all vectors are aligned and the result would not fit them.
template <bool back, class T>
void turn_sides(const rope::Problem& p, const Side<T> (&sides)[2], const std::int64_t* position, const rope::Workspace& at) {
  constexpr int step = static_cast<int>(lanes);
  constexpr std::int64_t too_large = 4 << 20;
  const auto aligned = [](const T* y) { return reinterpret_cast<std::uintptr_t>(y) % 64 == 0; };
  const bool half_split = p.pairing == rope::Pairing::half_split;
  const bool bypass = p.dim % step == 0 && p.rotary / (half_split ? 2 : 1) % step == 0 && aligned(sides[0].y) && aligned(sides[1].y) &&
                      std::int64_t{p.batch} * p.tokens * (p.heads + p.kv_heads) * p.dim * static_cast<std::int64_t>(sizeof(T)) > too_large;
  if (half_split)
    turn_all<true, back>(p, bypass, sides, position, at);
  else
    turn_all<false, back>(p, bypass, sides, position, at);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
