// Terms of the losses of score matching: fp32 for each, added in double. A block belongs to a level, blockIdx.y; a point of it to 1, 2, 4,
// ... or 32 neighbouring lanes, which share its dimensions. In an unnamed namespace: the same source is compiled once for every backend
// that executes it.
#pragma once

#include "kernels/score/neighbours.cuh"
#include "reference/score/score_loss_bwd.hpp"

namespace assay {
namespace {

using score::Matching;

constexpr int threads = 256;

template <class T> struct Points {
  Matching kind;
  int levels, points, dim;
  const T *s, *other, *product;
  const float *noise, *divergence;

  // Of this block's level: the first point, the one past the last, and 1 / b.
  __device__ std::int64_t first() const { return static_cast<std::int64_t>(blockIdx.y) * points; }
  __device__ std::int64_t past() const { return first() + points; }
  __device__ float by() const { return kind == Matching::denoising ? 1 / noise[blockIdx.y] : 0; }
};

// v.s of a point, known to all of its lanes, which have `count` neighbouring dimensions each at a time.
template <int count, class T> __device__ float projection(const Points<T>& p, std::int64_t point, int lane, int lanes) {
  float sum = 0;
  if (point < p.past())
    for (std::int64_t at = point * p.dim + count * lane; at < (point + 1) * p.dim; at += count * lanes) {
      const auto other = Neighbours<count, T>::at(p.other + at), s = Neighbours<count, T>::at(p.s + at);
#pragma unroll
      for (int k = 0; k < count; ++k) sum = fmaf(other[k], s[k], sum);
    }
  for (int apart = 1; apart < lanes; apart *= 2) sum += __shfl_xor_sync(gpu::whole_warp, sum, apart);
  return sum;
}

// s - t, s + z / b or s of `count` dimensions.
template <int count, class T> __device__ void residual(const Points<T>& p, float by, std::int64_t at, float (&r)[count]) {
  const auto s = Neighbours<count, T>::at(p.s + at);
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const auto other = Neighbours<count, T>::at(pair ? p.other + at : p.s + at);
#pragma unroll
  for (int k = 0; k < count; ++k) r[k] = !pair ? s[k] : p.kind == Matching::exact ? s[k] - other[k] : fmaf(by, other[k], s[k]);
}

// This lane's part of the terms of a point. Called by whole warps.
template <int count, class T> __device__ double terms(const Points<T>& p, std::int64_t point, int lane, int lanes) {
  const bool sliced = p.kind == Matching::sliced;
  const float q = sliced ? projection<count>(p, point, lane, lanes) : 0;
  if (point >= p.past()) return 0;
  double sum = 0;
  if (lane == 0 && sliced) sum += static_cast<double>(0.5f * q * q);
  if (lane == 0 && p.kind == Matching::implicit) sum += static_cast<double>(p.divergence[point]);
  const float factor = p.kind == Matching::exact || p.kind == Matching::denoising ? 1.0f : 0.5f, by = p.by();
  for (std::int64_t at = point * p.dim + count * lane; at < (point + 1) * p.dim; at += count * lanes) {
    if (!sliced) {
      float r[count];
      residual(p, by, at, r);
#pragma unroll
      for (int k = 0; k < count; ++k) sum += static_cast<double>(factor * r[k] * r[k]);
    }
    if (sliced || p.kind == Matching::reduced) {
      const auto other = Neighbours<count, T>::at(p.other + at), product = Neighbours<count, T>::at(p.product + at);
#pragma unroll
      for (int k = 0; k < count; ++k) sum += static_cast<double>(other[k] * product[k]);
    }
  }
  return sum;
}

// Least power of two of lanes that leaves no more than four dimensions to each, at most a warp.
inline int lanes_for(int dim) {
  int lanes = 1;
  while (lanes < static_cast<int>(gpu::warp) && 4 * lanes < dim) lanes *= 2;
  return lanes;
}

struct BlockSums {
  double of_thread[threads];
};

// Sum over the block by halving, known to thread 0.
__device__ inline double block_sum(double x) {
  double* const sum = gpu::shared<BlockSums>().of_thread;
  sum[threadIdx.x] = x;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
  }
  return threadIdx.x == 0 ? sum[0] : 0;
}

// What a grid has of blockIdx.y.
inline bool grid_holds(const score::LossProblem& p) { return p.levels <= 65535; }

template <class T> Points<T> points_of(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a) {
  return {p.kind, p.levels, p.points, p.dim, a.s, a.other, a.product, a.noise, a.divergence};
}
template <class T> Points<T> points_of(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a) {
  return {p.kind, p.levels, p.points, p.dim, a.s, a.other, nullptr, a.noise, nullptr};
}

} // namespace
} // namespace assay
