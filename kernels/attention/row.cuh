// One query by one warp, straight from memory, for any width: what cuda_naive is made of, and what the others do for the rare row that
// sees values that are not finite, which their products of tiles would spread to rows that do not.
#pragma once

#include "kernels/attention/bias.cuh"
#include "kernels/device/numbers.hpp"

namespace assay {
namespace {

template <class T> struct Arrays {
  const T *q, *k, *v;
  T* o;
  float* lse;
  Extras extras;
};

__device__ inline float warp_max(float x) {
  for (int lanes = gpu::warp / 2; lanes > 0; lanes /= 2) x = fmaxf(x, __shfl_xor_sync(gpu::whole_warp, x, lanes));
  return x;
}
__device__ inline float warp_sum(float x) {
  for (int lanes = gpu::warp / 2; lanes > 0; lanes /= 2) x += __shfl_xor_sync(gpu::whole_warp, x, lanes);
  return x;
}

// Lanes take a key each for the scores of 32 of them, then columns lane, lane + 32, ... of their values. Values beyond `columns` x 32 ask
// for the scores again.
template <class T> __device__ void attend_row(const Sizes& s, const Arrays<T>& a, const BiasTerm& bias, int b, int h, int i) {
  constexpr int warp = gpu::warp, columns = 4;
  const int lane = static_cast<int>(threadIdx.x) % warp, kv_head = h / s.group, position = i + s.keys - s.queries;
  const Range seen = visible(s, i, length_of(s, a.extras.length, b));
  const float factor = factor_of(s, a.extras.row_scale, b, i);
  const T* const q = a.q + s.q.at(b, h, i);
  for (int e = 0; e < s.value_dim; e += columns * warp) {
    float most = -INFINITY, sum = 0, sums[columns] = {};
    for (int first = seen.first; first < seen.past; first += warp) {
      const int count = min(warp, seen.past - first), j = first + lane;
      float score = -INFINITY;
      if (lane < count) {
        const T* const k = a.k + s.k.at(b, kv_head, j);
        float dot = 0;
        for (int l = 0; l < s.dim; ++l) dot = fmaf(gpu::widened(q[l]), gpu::widened(k[l]), dot);
        score = fmaf(dot, factor, term_of(bias, h, position - j));
      }
      const float now = fmaxf(most, warp_max(score));
      const float origin = now == -INFINITY ? 0 : now; // nothing but scores of -inf so far
      const float shrink = exp2f(most - origin), weight = exp2f(score - origin);
      most = now;
      sum = sum * shrink + weight;
      for (float& one : sums) one *= shrink;
      for (int k = 0; k < count; ++k) {
        const float w = __shfl_sync(gpu::whole_warp, weight, k);
        const T* const v = a.v + s.v.at(b, kv_head, first + k);
#pragma unroll
        for (int c = 0; c < columns; ++c)
          if (e + c * warp + lane < s.value_dim) sums[c] = fmaf(w, gpu::widened(v[e + c * warp + lane]), sums[c]);
      }
    }
    sum = warp_sum(sum);
    T* const o = a.o + s.o.at(b, h, i);
#pragma unroll
    for (int c = 0; c < columns; ++c) // a row that sees nothing is zero
      if (e + c * warp + lane < s.value_dim) o[e + c * warp + lane] = gpu::narrowed<T>(sum == 0 ? 0 : sums[c] / sum);
    if (e == 0 && lane == 0)
      a.lse[(static_cast<std::int64_t>(b) * s.heads + h) * s.queries + i] = ((most == -INFINITY ? 0 : most) + log2f(sum)) * ln_2;
  }
}

// Whether the row sees a value that is not finite; by a warp.
template <class T> __device__ bool sees_broken_value(const Sizes& s, const Arrays<T>& a, int b, int h, int i) {
  const Range seen = visible(s, i, length_of(s, a.extras.length, b));
  bool broken = false;
  for (int j = seen.first; j < seen.past; ++j)
    for (int e = static_cast<int>(threadIdx.x % gpu::warp); e < s.value_dim; e += gpu::warp)
      broken = broken || !isfinite(gpu::widened(a.v[s.v.at(b, h / s.group, j) + e]));
  return __any_sync(gpu::whole_warp, broken) != 0;
}

} // namespace
} // namespace assay
