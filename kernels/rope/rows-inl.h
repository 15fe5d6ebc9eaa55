// Rows of queries and keys turned on Highway vectors, for one instruction set at a time; included once for each.
// Token by token: its turns are computed once, in the form that the pairing wants, and stay in the first cache for all heads. Two tokens in
// turn, of the first and of the second half of all: more of memory's banks and of the hardware's prefetching are busy than at one place.
#if defined(ASSAY_ROPE_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ROPE_ROWS_INL_H
#undef ASSAY_ROPE_ROWS_INL_H
#else
#define ASSAY_ROPE_ROWS_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/contrib/math/math-inl.h>

#include <cstdint>
#include <optional>

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

// a0 b0 a1 b1 ...
HWY_INLINE void store_pairs(V a, V b, float* to) {
  if constexpr (lanes > 1)
    hn::StoreInterleaved2(a, b, D(), to);
  else
    to[0] = hn::GetLane(a), to[1] = hn::GetLane(b);
}

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
// of first elements with the sign changed (interleaved).
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
        out(i, hn::MulSub(a, cosine, hn::Mul(b, sine)));
        out(half + i, hn::MulAdd(b, cosine, hn::Mul(a, sine)));
      }
      for (; i < half; ++i) {
        const float a = one_in(i), b = one_in(half + i);
        one_out(i, a * c[i] - b * s[i]);
        one_out(half + i, b * c[i] + a * s[i]);
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

// Turns of one position as turn_token wants them.
template <bool half_split, bool back> void fill_turns(const rope::Problem& p, std::int64_t position, const rope::Workspace& at) {
  const Doubles d;
  const hn::Rebind<float, Doubles> to_floats;
  const hn::Rebind<std::int32_t, Doubles> to_ints;
  const bool f32 = p.angle == rope::Angle::f32;
  const DoubleV m = hn::Set(d, f32 ? static_cast<double>(static_cast<float>(position)) : static_cast<double>(position));
  for (std::size_t i = 0; i < at.pairs; i += doubles) {
    DoubleV phi = hn::Mul(m, hn::Load(d, at.theta + i));
    if (f32) phi = hn::PromoteTo(d, hn::DemoteTo(to_floats, phi));
    const auto [n, t] = reduced(phi);
    hn::Store(hn::DemoteTo(to_ints, n), to_ints, at.quarters + i);
    hn::Store(hn::DemoteTo(to_floats, t), to_floats, at.rest + i);
  }
  if (p.xpos) {
    const DoubleV exponent = hn::Set(d, static_cast<double>(position - p.centre) / p.scale_base), most = hn::Set(d, 200); // e^200: infinity
    for (std::size_t i = 0; i < at.pairs; i += doubles) {
      const DoubleV log = hn::Mul(exponent, hn::Load(d, at.log_zeta + i));
      const DoubleV e = hn::Exp(d, hn::Min(hn::Max(log, hn::Neg(most)), most));
      hn::Store(hn::DemoteTo(to_floats, e), to_floats, at.stretch + i);
    }
  }
  for (std::size_t i = 0; i < at.pairs; i += lanes) {
    const TurnV<V> by = turn(hn::Load(Ints(), at.quarters + i), hn::Load(D(), at.rest + i));
    const V sine = back ? hn::Neg(by.sine) : by.sine;
    const V one = hn::Set(D(), 1), e = p.xpos ? hn::Load(D(), at.stretch + i) : one;
    for (int side = 0; side < (p.xpos ? 2 : 1); ++side) {
      const V factor = side == 0 ? e : hn::Div(one, e), c = hn::Mul(factor, by.cosine), s = hn::Mul(factor, sine);
      if constexpr (half_split) {
        hn::Store(c, D(), at.cosines[side] + i);
        hn::Store(s, D(), at.sines[side] + i);
      } else {
        store_pairs(c, c, at.cosines[side] + 2 * i);
        store_pairs(hn::Neg(s), s, at.sines[side] + 2 * i);
      }
    }
  }
}

template <bool half_split, bool back, class T>
void turn_all(const rope::Problem& p, bool bypass, const Side<T> (&sides)[2], const std::int64_t* position, const rope::Workspace& at) {
  const bool sums = back && p.bias;
  const std::int64_t columns = rope::columns(p);
  float* const running = at.sums;
  float* const total = at.sums + columns;
  const auto cut = [&] {
    for (std::int64_t e = 0; e < columns; ++e) total[e] += running[e], running[e] = 0;
  };
  if (sums) std::fill(running, running + 2 * columns, 0.0f);
  const std::int64_t rows = std::int64_t{p.batch} * p.tokens, half = (rows + 1) / 2;
  std::optional<std::int64_t> turned; // the position whose turns are at hand
  for (std::int64_t done = 0; done < rows; ++done) {
    const std::int64_t row = done % 2 * half + done / 2, b = row / p.tokens, t = row % p.tokens;
    const std::int64_t m = p.positions == rope::Positions::scattered ? position[row] : p.start + t;
    if (turned != m) fill_turns<half_split, back>(p, m, at);
    turned = m;
    for (int k = 0; k < 2; ++k) {
      const int side = p.xpos ? k : 0;
      turn_token<half_split, back>(p.rotary, p.dim, bypass, at.cosines[side], at.sines[side], sides[k],
                                   b * sides[k].strides.batch + t * sides[k].strides.token);
    }
    if (sums && (done + 1) % rope::rows_of_sum == 0) cut();
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
