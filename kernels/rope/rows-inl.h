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
#include "kernels/rope/numbers.hpp"
#include "kernels/rope/turn-inl.h"
#include "kernels/rope/workspace.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA // then F16C is there too
HWY_INLINE V load(const Fp16* from) {
  const hn::Rebind<hwy::float16_t, D> d16;
  return hn::PromoteTo(D(), hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(from)));
}
HWY_INLINE V store(V x, Fp16* to) {
  const hn::Rebind<hwy::float16_t, D> d16;
  hn::StoreU(hn::DemoteTo(d16, x), d16, reinterpret_cast<hwy::float16_t*>(to));
  return x;
}
HWY_INLINE V swapped(V x) { return hn::Shuffle2301(x); } // neighbours
#else
HWY_INLINE V load(const Fp16* from) {
  alignas(64) float x[lanes];
  for (std::size_t i = 0; i < lanes; ++i) x[i] = rope::widened(from[i]);
  return hn::Load(D(), x);
}
HWY_INLINE V store(V x, Fp16* to) {
  alignas(64) float all[lanes];
  hn::Store(x, D(), all);
  for (std::size_t i = 0; i < lanes; ++i) to[i] = rope::narrowed<Fp16>(all[i]);
  return x;
}
HWY_INLINE V swapped(V x) {
  alignas(64) float from[lanes], to[lanes];
  hn::Store(x, D(), from);
  for (std::size_t i = 0; i < lanes; ++i) to[i] = from[(i ^ 1) % lanes];
  return hn::Load(D(), to);
}
#endif

// Around the caches, to a multiple of the vector's own size.
template <class T> HWY_INLINE void stream(V x, T* to) {
  using Word = std::conditional_t<sizeof(T) == 4, float, std::uint16_t>;
  const hn::Rebind<Word, D> d;
  alignas(64) T narrow[lanes];
  store(x, narrow);
  hn::Stream(hn::Load(d, reinterpret_cast<const Word*>(narrow)), d, reinterpret_cast<Word*>(to));
}

// One row. c, s: cosines and sines of the pairs (half_split), or of the elements, those of first elements with the sign changed
// (interleaved; backwards, of the second).
template <bool half_split, bool back, bool bypass, class T>
HWY_INLINE void turn_row(int rotary, int dim, const float* HWY_RESTRICT c, const float* HWY_RESTRICT s, const T* HWY_RESTRICT x,
                         const float* HWY_RESTRICT bias, T* HWY_RESTRICT y, float* HWY_RESTRICT sums) {
  constexpr int step = static_cast<int>(lanes);
  const int half = rotary / 2;
  const auto in = [&](int e) {
    const V v = load(x + e);
    return !back && bias != nullptr ? hn::Add(v, load(bias + e)) : v;
  };
  const auto out = [&](int e, V v) {
    if constexpr (bypass)
      stream(v, y + e);
    else
      store(v, y + e);
    if (back && sums != nullptr) store(hn::Add(load(sums + e), v), sums + e);
  };
  const auto one_in = [&](int e) {
    const float v = rope::widened(x[e]);
    return !back && bias != nullptr ? v + bias[e] : v;
  };
  const auto one_out = [&](int e, float v) {
    y[e] = rope::narrowed<T>(v);
    if (back && sums != nullptr) sums[e] += v;
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

template <class T> struct Side {
  const T* x;
  const float* bias; // null: none
  T* y;
  float* sums; // null: none
  rope::Strides strides;
  int heads;
};

template <bool half_split, bool back, bool bypass, class T>
void turn_all(const rope::Problem& p, const Side<T> (&sides)[2], const std::int64_t* position, const rope::Workspace& at) {
  const int half = p.rotary / 2, kinds = static_cast<int>(rope::Workspace::sides_of(p));
  const bool scattered = p.positions == rope::Positions::scattered;
  const float* cosines[2] = {};
  const float* sines[2] = {};
  const auto aim = [&](const float* row) {
    for (int k = 0; k < 2; ++k) {
      const float* const from = row + (k < kinds ? k : 0) * p.rotary;
      cosines[k] = from, sines[k] = from + half;
      if constexpr (half_split) continue;
      float* const c = at.spread + (k < kinds ? k : 0) * 2 * p.rotary;
      float* const s = c + p.rotary;
      for (int i = 0; k < kinds && i < half; ++i) {
        c[2 * i] = c[2 * i + 1] = from[i];
        s[2 * i] = back ? from[half + i] : -from[half + i];
        s[2 * i + 1] = -s[2 * i];
      }
      cosines[k] = c, sines[k] = s;
    }
  };
  std::int64_t rows = 0;
  const std::int64_t columns = std::int64_t{p.heads + p.kv_heads} * p.dim;
  float* const running = at.sums;
  float* const total = at.sums + columns;
  const auto token = [&](int b, int t) {
    for (int k = 0; k < 2; ++k) {
      const Side<T>& side = sides[k];
      const std::int64_t first = b * side.strides.batch + t * side.strides.token;
      for (int h = 0; h < side.heads; ++h)
        turn_row<half_split, back, bypass>(p.rotary, p.dim, cosines[k], sines[k], side.x + first + h * side.strides.head,
                                           side.bias == nullptr ? nullptr : side.bias + h * p.dim, side.y + first + h * side.strides.head,
                                           side.sums == nullptr ? nullptr : side.sums + h * p.dim);
    }
    if (!back || !p.bias || ++rows % 64 != 0) return;
    for (std::int64_t e = 0; e < columns; ++e) total[e] += running[e], running[e] = 0;
  };
  if (back && p.bias) std::fill(running, running + 2 * columns, 0.0f);
  if (scattered)
    for (int b = 0; b < p.batch; ++b)
      for (int t = 0; t < p.tokens; ++t) {
        const std::int64_t m = position[b * p.tokens + t];
        fill_turns(p, m, at.theta, at.table);
        if (p.xpos) rope::stretch(p, m, at.table);
        aim(at.table);
        token(b, t);
      }
  else
    for (int t = 0; t < p.tokens; ++t) {
      aim(at.table + static_cast<std::int64_t>(t) * kinds * p.rotary);
      for (int b = 0; b < p.batch; ++b) token(b, t);
    }
  if (back && p.bias)
    for (std::int64_t e = 0; e < columns; ++e) total[e] += running[e];
  if constexpr (bypass) hwy::FlushStream();
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
    bypass ? turn_all<true, back, true>(p, sides, position, at) : turn_all<true, back, false>(p, sides, position, at);
  else
    bypass ? turn_all<false, back, true>(p, sides, position, at) : turn_all<false, back, false>(p, sides, position, at);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
