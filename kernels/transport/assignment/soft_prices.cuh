// Prices to begin an auction with: sweeps of Sinkhorn's algorithm in the log domain, whose temperature falls from sweep to sweep.
//   f_i = -t log sum_j exp((g_j - c_ij) / t), and g from f likewise: as t falls a sum tends to its largest term, and (f, g) to duals.
// All of it in units of the largest cost and in fp32: an auction mends any prices, and good ones save most of its work.
#pragma once

#include "kernels/device/numbers.hpp"
#include "kernels/transport/assignment/near_columns.cuh"

namespace assay {
namespace {

constexpr int sweep_block = 128, points_of_warp = 4;

__device__ inline bool solvable(double largest) { return largest > 0 && largest < INFINITY; }

// Costs of `points_of_warp` points of one side, in units of the largest cost. dims: 2, which stay in registers, or 0: any, or a matrix.
template <int dims> struct Few {
  Pairs<float> p;
  const float *here, *there; // points of the one side and of the other
  bool of_rows;
  int first;
  float of_length, of_cost;
  float mine[points_of_warp][dims == 0 ? 1 : dims];

  __device__ float coordinate(const float* of, std::int64_t i, int k) const {
    return of[p.costs == Costs::rows ? i * p.dim + k : k * std::int64_t{p.n} + i] * of_length;
  }
  __device__ int point(int k) const { return first + k < p.n ? first + k : p.n - 1; }

  __device__ Few(const Pairs<float>& p, double largest, bool of_rows, int first)
      : p(p),
        here(of_rows ? p.x : p.y),
        there(of_rows ? p.y : p.x),
        of_rows(of_rows),
        first(first),
        of_length(static_cast<float>(1 / sqrt(largest))),
        of_cost(static_cast<float>(1 / largest)) {
#pragma unroll
    for (int k = 0; k < points_of_warp; ++k)
#pragma unroll
      for (int d = 0; d < dims; ++d) mine[k][d] = coordinate(here, point(k), d);
  }

  __device__ void costs(std::int64_t j, float (&to)[points_of_warp]) const {
#pragma unroll
    for (int k = 0; k < points_of_warp; ++k) to[k] = 0;
    if constexpr (dims != 0) {
#pragma unroll
      for (int d = 0; d < dims; ++d) {
        const float other = coordinate(there, j, d);
#pragma unroll
        for (int k = 0; k < points_of_warp; ++k) to[k] = fmaf(mine[k][d] - other, mine[k][d] - other, to[k]);
      }
    } else if (p.costs == Costs::matrix) {
#pragma unroll
      for (int k = 0; k < points_of_warp; ++k)
        to[k] = of_cost * (of_rows ? p.matrix[std::int64_t{point(k)} * p.n + j] : p.matrix[j * p.n + point(k)]);
    } else {
      for (int d = 0; d < p.dim; ++d) {
        const float other = coordinate(there, j, d);
#pragma unroll
        for (int k = 0; k < points_of_warp; ++k) {
          const float apart = coordinate(here, point(k), d) - other;
          to[k] = fmaf(apart, apart, to[k]);
        }
      }
    }
  }
};

// `to`, potentials of one side, from those of the other. scale: log2(e) / t.
template <int dims> __global__ void __launch_bounds__(sweep_block)
    sweep(Pairs<float> p, const double* largest, bool of_rows, const float* from, float* to, float scale) {
  if (!solvable(*largest)) return;
  const int lane = static_cast<int>(threadIdx.x) % lanes, warp = static_cast<int>(blockIdx.x * sweep_block + threadIdx.x) / lanes;
  const Few<dims> few(p, *largest, of_rows, warp * points_of_warp);
  float top[points_of_warp], sum[points_of_warp];
#pragma unroll
  for (int k = 0; k < points_of_warp; ++k) top[k] = -INFINITY, sum[k] = 0;
  for (int j = lane; j < p.n; j += lanes) {
    float x[points_of_warp];
    few.costs(j, x);
    const float there = from[j];
#pragma unroll
    for (int k = 0; k < points_of_warp; ++k) {
      x[k] = (there - x[k]) * scale;
      if (x[k] > top[k]) {
        sum[k] *= gpu::exp2_approximate(top[k] - x[k]);
        top[k] = x[k];
      }
      sum[k] += gpu::exp2_approximate(x[k] - top[k]);
    }
  }
#pragma unroll
  for (int k = 0; k < points_of_warp; ++k) {
#pragma unroll
    for (int apart = lanes / 2; apart > 0; apart /= 2) {
      const float other = __shfl_xor_sync(gpu::whole_warp, top[k], apart), terms = __shfl_xor_sync(gpu::whole_warp, sum[k], apart);
      const float both = other > top[k] ? other : top[k], safe = both > -INFINITY ? both : 0; // lanes beyond the last point have no terms
      sum[k] = sum[k] * gpu::exp2_approximate(top[k] - safe) + terms * gpu::exp2_approximate(other - safe);
      top[k] = both;
    }
    if (lane == 0 && few.first + k < p.n) to[few.first + k] = -(top[k] + log2f(sum[k])) / scale;
  }
}

} // namespace
} // namespace assay
