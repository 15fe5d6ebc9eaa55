// One origin for the exponents of all points, O = min(0, largest c_k), so that no point looks for its largest exponent: a component is done
// with in one go, and its differences mu - x need no registers after it. Points whose sum leaves 2^-60 ... 2^60 (far from all means, or not
// finite), or with a sum of pulls so small that lost weights might count, look for it and sum again; so do mixtures of one component, whose
// weight is 1 exactly. Limit: instructions, three a pair and dimension, or four with a diagonal; dimensions are filled up to 4, 8 or 16.
//
// Of the bound (gmm_score.hpp): with c_k <= O <= 0, |c_k - O| <= |c_k| and |l_k - O| <= |l_k|; with O = 0 nothing is taken off. So c_k, the
// difference, log2(e) / (2 sigma^2) and the exponent have one rounding each of gamma(3) (|c_k| + |z|^2 / 2 + |l_k|). Weights below 2^-126
// are lost, where the bound has only 2^-125 of the sum. With tr the largest tr S^-1 a lost w |u_i| is below sqrt(tr) 13.3 2^-126, since
// y 2^(-y^2 log2(e) / 2) falls there, and 64 of them below 2^-116 sqrt(tr): 2^-24 of a sum of pulls of 2^-92 sqrt(tr), and what w (|u|^2 +
// tr S^-1) loses, 2^-112 tr, is below 2^-24 of a sum of 2^-60 times the least trace where that is 2^-28 of the largest. The two moves of
// the largest exponent that a variant may make, and this one does not, leave ten times that. The share of a sum, 1 / Z, is within 4 u: with
// the product by a precision and the last one, the six roundings that a sum has beside its chain.
#include "kernels/device/logarithm.hpp"
#include "kernels/score/mixture.cuh"
#include "kernels/score/neighbours.cuh"

namespace assay {
namespace {

constexpr int most_components = 64; // in shared memory
constexpr float smallest_sum = 0x1p-60f, largest_sum = 0x1p60f;

// For rows of up to `wide` numbers. held: points of a thread, which share each mean; together: components written out; resident: blocks of
// a multiprocessor that registers are to leave room for.
template <int wide> struct Shape;
template <> struct Shape<4> { static constexpr int held = 2, together = 2, threads = 128, resident = 8; };
template <> struct Shape<8> { static constexpr int held = 2, together = 2, threads = 128, resident = 7; };
template <> struct Shape<16> { static constexpr int held = 1, together = 1, threads = 128, resident = 8; };

using Four = Neighbours<4, float>;

struct alignas(16) Scalars {
  float c, half, trace, all; // c: less the origin; all: precision of isotropic ones
};

template <int wide, bool diagonal> struct Shared {
  alignas(16) float mean[most_components][wide];
  alignas(16) float precision[diagonal ? most_components : 1][wide];
  Scalars own[most_components];
  alignas(16) float least_pull[wide]; // of a sum of pulls beside which lost weights do not count; zero in dimensions filled up
  float origin;                       // O
};

template <class T, int wide> __device__ void take(const T* x, int d, float (&to)[wide]) {
  if (d == wide) {
#pragma unroll
    for (int i = 0; i < wide; i += 4) {
      const auto some = Neighbours<4, T>::at(x + i);
#pragma unroll
      for (int e = 0; e < 4; ++e) to[i + e] = some[e];
    }
  } else {
#pragma unroll
    for (int i = 0; i < wide; ++i) to[i] = i < d ? gpu::widened(x[i]) : 0;
  }
}

template <class T, int wide> __device__ void put(const float (&from)[wide], T* s, int d) {
  if (d == wide) {
#pragma unroll
    for (int i = 0; i < wide; i += 4)
      Neighbours<4, T>::at(s + i) = {
          {gpu::narrowed<T>(from[i]), gpu::narrowed<T>(from[i + 1]), gpu::narrowed<T>(from[i + 2]), gpu::narrowed<T>(from[i + 3])}};
  } else {
#pragma unroll
    for (int i = 0; i < wide; ++i)
      if (i < d) s[i] = gpu::narrowed<T>(from[i]);
  }
}

template <int count> __device__ float dot(const float (&x)[count], const float (&y)[count]) {
  float sum = x[0] * y[0];
#pragma unroll
  for (int i = 1; i < count; ++i) sum = fmaf(x[i], y[i], sum);
  return sum;
}

// Into shared memory, up to a multiple of `together` with components that have no weight: means by all warps but the first, which finds O.
template <int wide, bool diagonal> __device__ void bring(const Mixture& m, int padded, Shared<wide, diagonal>& to) {
  constexpr unsigned warp = gpu::warp, others = Shape<wide>::threads - warp;
  const unsigned t = threadIdx.x, components = static_cast<unsigned>(m.components), d = static_cast<unsigned>(m.dim);
  if (t >= warp) {
    constexpr unsigned fours = wide / 4;
    if (d == wide) {
#pragma unroll 1
      for (unsigned i = t - warp; i < static_cast<unsigned>(padded) * fours; i += others) {
        const unsigned k = i / fours, e = i % fours * 4, from = min(k, components - 1) * wide + e;
        Four::at(&to.mean[k][e]) = Four::at(m.mean + from);
        if constexpr (diagonal) Four::at(&to.precision[k][e]) = Four::at(m.precision + from);
      }
      return;
    }
#pragma unroll 1
    for (unsigned i = t - warp; i < static_cast<unsigned>(padded * wide); i += others) {
      const unsigned k = i / wide, e = i % wide, from = min(k, components - 1) * d + e;
      to.mean[k][e] = e < d ? m.mean[from] : 0;
      if constexpr (diagonal) to.precision[k][e] = e < d ? m.precision[from] : 0;
    }
    return;
  }
  Scalars own[most_components / warp];
  float origin = -INFINITY, most = 0, least = INFINITY; // of traces
#pragma unroll
  for (unsigned j = 0; j < most_components / warp; ++j) {
    const unsigned k = j * warp + t;
    own[j] = {-INFINITY, 1, 0, 0};
    if (k < components) own[j] = {m.c[k], m.half[k], m.trace[k], diagonal ? 0 : m.precision[k]};
    origin = fmaxf(origin, own[j].c);
    most = fmaxf(most, own[j].trace);
    if (own[j].c > -INFINITY) least = fminf(least, own[j].trace);
  }
  // Numbers from zero up are ordered as their bits are.
  origin = -__uint_as_float(__reduce_min_sync(gpu::whole_warp, __float_as_uint(fabsf(fminf(origin, 0)))));
  most = __uint_as_float(__reduce_max_sync(gpu::whole_warp, __float_as_uint(most)));
  least = __uint_as_float(__reduce_min_sync(gpu::whole_warp, __float_as_uint(least)));
#pragma unroll
  for (unsigned j = 0; j < most_components / warp; ++j) {
    own[j].c -= origin;
    if (j * warp + t < static_cast<unsigned>(padded)) to.own[j * warp + t] = own[j];
  }
  if (t == 0) to.origin = origin;
  if (t < wide) to.least_pull[t] = t >= d ? 0 : most <= 0x1p28f * least ? 0x1p-92f * sqrtf(most) : INFINITY;
}

// The points of a thread, and what is summed of them. origin: of each point, beside that of all.
template <int wide, bool diagonal, bool divergent> struct Points {
  static constexpr int held = Shape<wide>::held;
  const Shared<wide, diagonal>& shared;
  const int padded;
  __device__ Points(const Shared<wide, diagonal>& shared, int padded) : shared(shared), padded(padded) {}
  float at[held][wide], sums[held][wide], sum[held], second[held], origin[held];

  // f(j, component, u, |z|^2, exponent) for point j and all components; u: isotropic, without its precision.
  template <class F> __device__ void over(const F& f) const {
#pragma unroll 1
    for (int first = 0; first < padded; first += Shape<wide>::together)
#pragma unroll
      for (int k = first; k < first + Shape<wide>::together; ++k) {
        const Scalars own = shared.own[k];
        Four mean[wide / 4], precision[wide / 4];
#pragma unroll
        for (int c = 0; c < wide / 4; ++c) {
          mean[c] = Four::at(&shared.mean[k][4 * c]);
          if constexpr (diagonal) precision[c] = Four::at(&shared.precision[k][4 * c]);
        }
#pragma unroll
        for (int j = 0; j < held; ++j) {
          float z[wide], u[wide];
#pragma unroll
          for (int i = 0; i < wide; ++i) {
            z[i] = mean[i / 4][i % 4] - at[j][i];
            u[i] = diagonal ? z[i] * precision[i / 4][i % 4] : z[i];
          }
          const float q = dot(z, u);
          f(j, own, u, q, fmaf(-own.half, q, own.c));
        }
      }
  }

  template <bool with_origin> __device__ void add() {
#pragma unroll
    for (int j = 0; j < held; ++j) {
      sum[j] = second[j] = 0;
#pragma unroll
      for (int i = 0; i < wide; ++i) sums[j][i] = 0;
    }
    over([&](int j, const Scalars& own, const float(&u)[wide], float q, float exponent) {
      const float weight = gpu::exp2_approximate(with_origin ? exponent - origin[j] : exponent);
      sum[j] += weight;
      if constexpr (divergent) second[j] = fmaf(weight, (diagonal ? dot(u, u) : own.all * q * own.all) - own.trace, second[j]);
      const float scaled = diagonal ? weight : weight * own.all;
#pragma unroll
      for (int i = 0; i < wide; ++i) sums[j][i] = fmaf(scaled, u[i], sums[j][i]);
    });
  }

  __device__ void find_origins() {
#pragma unroll
    for (int j = 0; j < held; ++j) origin[j] = -INFINITY;
    over([&](int j, const Scalars&, const float(&)[wide], float, float exponent) { origin[j] = fmaxf(origin[j], exponent); });
  }
};

template <class T, int wide, bool diagonal, bool divergent>
__global__ void __launch_bounds__(Shape<wide>::threads, Shape<wide>::resident - (diagonal || divergent ? 1 : 0))
    scores(Mixture m, int points, const T* x, T* s, float* log_density, float* divergence) {
  using S = Shape<wide>;
  auto& shared = gpu::shared<Shared<wide, diagonal>>();
  const int d = m.dim, padded = (m.components + S::together - 1) / S::together * S::together;
  const unsigned first = blockIdx.x * (S::held * S::threads) + threadIdx.x, count = static_cast<unsigned>(points);
  Points<wide, diagonal, divergent> own(shared, padded);
#pragma unroll
  for (unsigned j = 0; j < S::held; ++j) { // a thread without a point goes with the last
    take(x + static_cast<std::int64_t>(min(first + j * S::threads, count - 1)) * d, d, own.at[j]);
    own.origin[j] = 0;
  }
  bring(m, padded, shared);
  __syncthreads();

  own.template add<false>();
  bool near = m.components > 1; // by & instead of branches, which took a tenth of the time
  Four least[wide / 4];
#pragma unroll
  for (int c = 0; c < wide / 4; ++c) least[c] = Four::at(&shared.least_pull[4 * c]);
#pragma unroll
  for (int j = 0; j < S::held; ++j) {
    near &= own.sum[j] >= smallest_sum;
    near &= own.sum[j] <= largest_sum;
#pragma unroll
    for (int i = 0; i < wide; ++i) near &= fabsf(own.sums[j][i]) >= least[i / 4][i % 4];
  }
  if (__any_sync(gpu::whole_warp, !near) != 0) {
    own.find_origins();
    own.template add<true>();
  }
#pragma unroll
  for (unsigned j = 0; j < S::held; ++j) {
    const unsigned i = first + j * S::threads;
    if (i >= count) continue;
    const float share = m.components > 1 ? __fdividef(1, own.sum[j]) : 1;
#pragma unroll
    for (int e = 0; e < wide; ++e) own.sums[j][e] *= share;
    if constexpr (divergent) divergence[i] = share * own.second[j] - dot(own.sums[j], own.sums[j]);
    if (log_density != nullptr) log_density[i] = 0x1.62e43p-1f * (shared.origin + own.origin[j] + gpu::log2_approximate(own.sum[j]));
    put(own.sums[j], s + static_cast<std::int64_t>(i) * d, d);
  }
}

template <class T, int wide>
void launch_scores(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Mixture& m, const Launch& launch) {
  constexpr int each = Shape<wide>::held * Shape<wide>::threads;
  const auto isotropic = p.divergence ? scores<T, wide, false, true> : scores<T, wide, false, false>;
  const auto diagonal = p.divergence ? scores<T, wide, true, true> : scores<T, wide, true, false>;
  gpu::launch({static_cast<unsigned>((std::int64_t{p.points} + each - 1) / each), Shape<wide>::threads, 0, launch.stream},
              p.covariance == Covariance::diagonal ? diagonal : isotropic, m, p.points, a.x, a.s, p.log_density ? a.log_density : nullptr,
              a.divergence);
}

template <class T> void run(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Launch& launch) {
  if (p.points == 0) return;
  Carver carver(launch.scratch.data());
  const Mixture m(p, carver);
  launch_writers(m, a.weight, a.mean, a.factor, launch);
  if (p.dim <= 4) return launch_scores<T, 4>(p, a, m, launch);
  if (p.dim <= 8) return launch_scores<T, 8>(p, a, m, launch);
  launch_scores<T, 16>(p, a, m, launch);
}

template <class T> constexpr Variant<GmmScore, T> variant() {
  return {
      .name = "cuda_origin",
      .idea = "one origin for the exponents of all points",
      .numerics = numerics::stored_as<T>(),
      .repeatable = true,
      .run = run<T>,
      .accepts =
          [](const GmmScore::Problem& p) { return p.dim <= 16 && p.components <= most_components && p.covariance != Covariance::cholesky; },
      .scratch = mixture_bytes};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
