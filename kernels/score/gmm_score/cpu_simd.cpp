// Four vectors of points against two components at a time; 16 components share a move of the largest exponent.
// Limit: additions and fused multiply-adds, 4 a pair of point and component for each dimension (isotropic), and an exponential a pair.
#include <algorithm>

#include "kernels/score/mixture.hpp"
#include "kernels/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/score/gmm_score/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/contrib/math/math-inl.h>
#include "kernels/exp2-inl.h"
#include "kernels/score/columns-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using score::Covariance;
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D()), vectors = 4, width = vectors * lanes;
constexpr std::size_t together = 16; // components between two moves of the largest exponent

HWY_INLINE V get(const float* x, std::size_t v) { return hn::LoadU(D(), x + v * lanes); }
HWY_INLINE void put(V x, float* to, std::size_t v) { hn::StoreU(x, D(), to + v * lanes); }
HWY_INLINE V all(float x) { return hn::Set(D(), x); }

// Points of one tile in columns, and what is known of them; `together` rows for components.
struct Tile {
  float *x, *s;                       // [d, width]
  float *weight, *excess;             // [together, width] exponents, then weights; |u|^2 - tr S^-1
  float *most, *keep, *sum, *laplace; // [width]; laplace: sum of weights times excess
  float *z, *apart;                   // [together, d, width], [d, width]; Cholesky

  Tile(const GmmScore::Problem& p, Carver& carver) {
    const auto wide = static_cast<std::int64_t>(width), rows = static_cast<std::int64_t>(together);
    x = carver.take<float>(p.dim * wide);
    s = carver.take<float>(p.dim * wide);
    weight = carver.take<float>(rows * wide);
    excess = carver.take<float>(rows * wide);
    most = carver.take<float>(wide);
    keep = carver.take<float>(wide);
    sum = carver.take<float>(wide);
    laplace = carver.take<float>(wide);
    const bool cholesky = p.covariance == Covariance::cholesky;
    z = carver.take<float>(cholesky ? rows * p.dim * wide : 0);
    apart = carver.take<float>(cholesky ? p.dim * wide : 0);
  }
};

struct Scratch {
  Carver carver;
  score::Mixture mixture;
  Tile tile;
  double* column;
  Scratch(const GmmScore::Problem& p, void* memory)
      : carver(memory), mixture(p, carver), tile(p, carver), column(carver.take<double>(p.dim)) {}
};

template <Covariance covariance, bool divergence> class Points {
public:
  Points(const GmmScore::Problem& p, const score::Mixture& mixture, const Tile& tile)
      : d_(static_cast<std::size_t>(p.dim)), m_(mixture), t_(tile) {}

  // Scores of a tile, and both scalars.
  void run() {
    const auto count = static_cast<std::size_t>(m_.count);
    for (std::size_t k = 0; k < count; k += together) {
      const std::size_t some = std::min(together, count - k);
      for (std::size_t j = 0; j < some; j += 2) exponents(k, j, std::min(j + 1, some - 1));
      weigh(k, some);
      accumulate(k, some);
    }
    float* const s = t_.s; // here and below copies of pointers that stored vectors might alias
    V share[vectors], square[vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) share[v] = hn::Div(all(1), get(t_.sum, v)), square[v] = all(0);
    for (std::size_t i = 0; i < d_; ++i) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        const V y = hn::Mul(share[v], get(s + i * width, v));
        put(y, s + i * width, v);
        if constexpr (divergence) square[v] = hn::MulAdd(y, y, square[v]);
      }
    }
    if constexpr (divergence)
      for (std::size_t v = 0; v < vectors; ++v) put(hn::MulSub(share[v], get(t_.laplace, v), square[v]), t_.laplace, v);
  }

private:
  const float* inverse(std::size_t k) const { return m_.inverse + k * d_ * (covariance == Covariance::cholesky ? d_ : 1); }

  // Of components k + j and k + next, the same where there is no second.
  HWY_INLINE void exponents(std::size_t k, std::size_t j, std::size_t next) {
    const std::size_t which[2] = {j, next};
    V q[2][vectors], u2[2][vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) q[0][v] = q[1][v] = u2[0][v] = u2[1][v] = all(0);
    if constexpr (covariance == Covariance::cholesky) {
      triangle(k, j, q[0]);
      if (next != j) triangle(k, next, q[1]);
    } else {
      const float *const mean[2] = {m_.mean + (k + j) * d_, m_.mean + (k + next) * d_}, *const scale[2] = {inverse(k + j),
                                                                                                           inverse(k + next)};
      for (std::size_t i = 0; i < d_; ++i) {
#pragma GCC unroll 2
        for (std::size_t c = 0; c < 2; ++c) {
          const V centre = all(mean[c][i]);
#pragma GCC unroll 8
          for (std::size_t v = 0; v < vectors; ++v) {
            V z = hn::Sub(centre, get(t_.x + i * width, v));
            if constexpr (covariance == Covariance::diagonal) {
              const V by = all(scale[c][i]);
              z = hn::Mul(z, by);
              if constexpr (divergence) u2[c][v] = hn::MulAdd(hn::Mul(z, by), hn::Mul(z, by), u2[c][v]);
            }
            q[c][v] = hn::MulAdd(z, z, q[c][v]);
          }
        }
      }
    }
#pragma GCC unroll 2
    for (const std::size_t c : {1, 0}) { // the second first: where there is none, its numbers are written over
      const std::size_t at = k + which[c];
      const V half = all(m_.half[at]), log_c = all(m_.c[at]);
      float *const weight = t_.weight + which[c] * width, *const excess = t_.excess + which[c] * width;
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        put(hn::NegMulAdd(half, q[c][v], log_c), weight, v);
        if constexpr (!divergence || covariance == Covariance::cholesky) continue;
        if constexpr (covariance == Covariance::isotropic)
          u2[c][v] = hn::Mul(hn::Mul(all(m_.precision[at]), q[c][v]), all(m_.precision[at]));
        put(hn::Sub(u2[c][v], all(m_.trace[at])), excess, v);
      }
    }
  }

  // z = L^-1 (mean - x) of component k + j, and its square.
  HWY_INLINE void triangle(std::size_t k, std::size_t j, V (&q)[vectors]) {
    const float *const mean = m_.mean + (k + j) * d_, *const l = inverse(k + j);
    float* const z = t_.z + j * d_ * width;
    for (std::size_t i = 0; i < d_; ++i)
      for (std::size_t v = 0; v < vectors; ++v) put(hn::Sub(all(mean[i]), get(t_.x + i * width, v)), t_.apart + i * width, v);
    for (std::size_t i = 0; i < d_; ++i) {
      V sum[vectors];
#pragma GCC unroll 8
      for (V& each : sum) each = all(0);
      for (std::size_t e = 0; e <= i; ++e) {
        const V by = all(l[i * d_ + e]);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) sum[v] = hn::MulAdd(by, get(t_.apart + e * width, v), sum[v]);
      }
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        put(sum[v], z + i * width, v);
        q[v] = hn::MulAdd(sum[v], sum[v], q[v]);
      }
    }
  }

  HWY_INLINE void weigh(std::size_t k, std::size_t some) {
    float *const weight = t_.weight, *const excess = t_.excess;
    V most[vectors], sum[vectors], laplace[vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) most[v] = get(weight, v);
    for (std::size_t j = 1; j < some; ++j) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) most[v] = hn::Max(most[v], get(weight + j * width, v));
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      sum[v] = laplace[v] = all(0);
      if (k > 0) { // the first 16 components find nothing
        const V before = get(t_.most, v);
        most[v] = hn::Max(before, most[v]);
        const V keep = exp2(D(), hn::Sub(before, most[v]));
        sum[v] = hn::Mul(keep, get(t_.sum, v));
        laplace[v] = hn::Mul(keep, get(t_.laplace, v));
        put(keep, t_.keep, v);
      }
      put(most[v], t_.most, v);
    }
    for (std::size_t j = 0; j < some; ++j) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        const V w = exp2(D(), hn::Sub(get(weight + j * width, v), most[v]));
        sum[v] = hn::Add(sum[v], w);
        if constexpr (divergence && covariance != Covariance::cholesky) laplace[v] = hn::MulAdd(w, get(excess + j * width, v), laplace[v]);
        put(covariance == Covariance::isotropic ? hn::Mul(w, all(m_.precision[k + j])) : w, weight + j * width, v);
      }
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      put(sum[v], t_.sum, v);
      put(laplace[v], t_.laplace, v);
    }
  }

  // s = keep s + sum of weights times u.
  HWY_INLINE void accumulate(std::size_t k, std::size_t some) {
    for (std::size_t i = 0; i < d_; ++i) {
      float* const to = t_.s + i * width;
      V x[vectors], s[2][vectors]; // two sums, since one alone waits for its own additions
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        x[v] = get(t_.x + i * width, v);
        s[0][v] = k == 0 ? all(0) : hn::Mul(get(t_.keep, v), get(to, v));
        s[1][v] = all(0);
      }
      const auto step = [&](std::size_t j, V(&sum)[vectors]) HWY_ATTR {
        const std::size_t at = (k + j) * d_ + i;
        const V centre = all(m_.mean[at]);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
          V u = hn::Sub(centre, x[v]);
          if constexpr (covariance == Covariance::diagonal) u = hn::Mul(u, all(m_.precision[at]));
          sum[v] = hn::MulAdd(get(t_.weight + j * width, v), u, sum[v]);
        }
      };
      if constexpr (covariance != Covariance::cholesky) {
        std::size_t j = 0;
        for (; j + 2 <= some; j += 2) step(j, s[0]), step(j + 1, s[1]);
        if (j < some) step(j, s[0]);
      }
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) put(hn::Add(s[0][v], s[1][v]), to, v);
    }
    if constexpr (covariance == Covariance::cholesky)
      for (std::size_t j = 0; j < some; ++j) pull(k, j);
  }

  // u = L^-T z of component k + j, times its weight.
  HWY_INLINE void pull(std::size_t k, std::size_t j) {
    const float *const l = inverse(k + j), *const z = t_.z + j * d_ * width, *const weight = t_.weight + j * width;
    V u2[vectors];
#pragma GCC unroll 8
    for (V& each : u2) each = all(0);
    for (std::size_t i = 0; i < d_; ++i) {
      V u[vectors];
#pragma GCC unroll 8
      for (V& each : u) each = all(0);
      for (std::size_t e = i; e < d_; ++e) {
        const V by = all(l[e * d_ + i]);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) u[v] = hn::MulAdd(by, get(z + e * width, v), u[v]);
      }
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) {
        put(hn::MulAdd(get(weight, v), u[v], get(t_.s + i * width, v)), t_.s + i * width, v);
        if constexpr (divergence) u2[v] = hn::MulAdd(u[v], u[v], u2[v]);
      }
    }
    if constexpr (divergence)
      for (std::size_t v = 0; v < vectors; ++v)
        put(hn::MulAdd(get(weight, v), hn::Sub(u2[v], all(m_.trace[k + j])), get(t_.laplace, v)), t_.laplace, v);
  }

  std::size_t d_;
  const score::Mixture& m_;
  const Tile& t_;
};

// Brings what the next tile reads or writes, a tile's arithmetic ahead: the hardware's own prefetching stops at every page.
template <class T> HWY_INLINE void prefetch(const T* first, const T* past) {
  for (; first < past; first += 64 / sizeof(T)) __builtin_prefetch(first);
}

template <Covariance covariance, bool divergence, class T>
void tiles(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Scratch& at) {
  const auto d = static_cast<std::size_t>(p.dim), points = static_cast<std::size_t>(p.points);
  Points<covariance, divergence> tile(p, at.mixture, at.tile);
  for (std::size_t i = 0; i < points; i += width) {
    const std::size_t count = std::min(width, points - i);
    rows_to_columns(a.x + i * d, count, d, width, at.tile.x);
    const std::size_t next = std::min(i + width, points), past = std::min(next + width, points);
    prefetch(a.x + next * d, a.x + past * d);
    tile.run();
    prefetch(a.s + next * d, a.s + past * d);
    columns_to_rows(at.tile.s, count, d, width, a.s + i * d);
    if constexpr (divergence) std::copy(at.tile.laplace, at.tile.laplace + count, a.divergence + i);
    if (!p.log_density) continue;
    for (std::size_t v = 0; v < vectors; ++v) {
      const V sum = get(at.tile.sum, v), nothing = hn::Sub(sum, sum); // or NaN, of which this logarithm knows nothing
      put(hn::Mul(all(0x1.62e43p-1f), hn::Add(hn::Add(get(at.tile.most, v), nothing), hn::Log2(D(), sum))), at.tile.most, v);
    }
    std::copy(at.tile.most, at.tile.most + count, a.log_density + i);
  }
}

template <Covariance covariance, class T> void either(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Scratch& at) {
  p.divergence ? tiles<covariance, true>(p, a, at) : tiles<covariance, false>(p, a, at);
}

template <class T> void scores(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Launch& launch) {
  Scratch at(p, launch.scratch.data());
  at.mixture.write(p, a.weight, a.mean, a.factor, at.column);
  switch (p.covariance) {
    case Covariance::isotropic: return either<Covariance::isotropic>(p, a, at);
    case Covariance::diagonal: return either<Covariance::diagonal>(p, a, at);
    case Covariance::cholesky: return either<Covariance::cholesky>(p, a, at);
  }
}

auto Scores() { return std::make_tuple(scores<float>, scores<Bf16>, scores<Fp16>); }
std::size_t ScratchBytes(const GmmScore::Problem& p) { return Scratch(p, nullptr).carver.used(); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Scores);
HWY_EXPORT(ScratchBytes);

template <class T> constexpr Variant<GmmScore, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors of points; 16 components share a move of the largest exponent",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Scores, GmmScore, T),
          .scratch = [](const GmmScore::Problem& p) { return HWY_DYNAMIC_DISPATCH(ScratchBytes)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
#endif // HWY_ONCE
