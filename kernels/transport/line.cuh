// Distances on the line on a device: rows of numbers are sorted by compare-exchange (Batcher's bitonic network), quantiles of sorted rows
// paired. In an unnamed namespace: the same source is compiled once for every backend that executes it.
#pragma once

#include <cmath>
#include <limits>

#include "kernels/carver.hpp"
#include "kernels/device/gpu.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay {
namespace {

constexpr unsigned threads = 256;

// [rows, length] with a length that is a power of two; behind a row's points stands infinity.
template <class T> struct Rows {
  T* at;
  std::int64_t rows, length;
};

inline std::int64_t padded(std::int64_t n) {
  std::int64_t length = 1;
  while (length < n) length *= 2;
  return length;
}
inline unsigned blocks_for(std::int64_t count) { return static_cast<unsigned>((count + threads - 1) / threads); }
__device__ inline std::int64_t global_index() { return std::int64_t{blockIdx.x} * threads + threadIdx.x; }

template <class T> __device__ void exchange(T& first, T& second, bool ascending) {
  if ((first > second) == ascending) {
    const T old = first;
    first = second, second = old;
  }
}

// Element of a pair `distance` apart, and the other one: pair number i.
__device__ inline std::int64_t first_of_pair(std::int64_t i, std::int64_t distance) { return 2 * i - (i & (distance - 1)); }

// One step of the network: runs of `run` numbers are merged, in pairs `distance` apart.
template <class T> __global__ void __launch_bounds__(threads) exchange_rows(Rows<T> r, std::int64_t run, std::int64_t distance) {
  const std::int64_t i = global_index();
  if (2 * i >= r.rows * r.length) return;
  const std::int64_t first = first_of_pair(i, distance);
  exchange(r.at[first], r.at[first + distance], (first & (r.length - 1) & run) == 0);
}

struct Sum {
  double of_thread[threads];
};

// Sum over the block by halving, known to all.
__device__ inline double block_sum(double x) {
  double* const sum = gpu::shared<Sum>().of_thread;
  __syncthreads(); // a sum before this one has been read by all
  sum[threadIdx.x] = x;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
  }
  __syncthreads();
  return sum[0];
}

// p is 1 or 2: a call of pow would take more registers than there are to keep.
__device__ inline double power(double apart, double p) { return p == 1 ? fabs(apart) : apart * apart; }
__device__ inline double root(double cost, double p) { return p == 1 ? cost : sqrt(cost); }
inline bool has_power(double p) { return p == 1 || p == 2; }

// parts[row, block]: this block's share of n m W_p^p, from every gridDim.x-th piece of 256 points of x; point i has the quantiles from i m
// to (i + 1) m, point j of y from j n to (j + 1) n.
template <class T> __global__ void __launch_bounds__(threads) pair_rows(Rows<T> x, int n, Rows<T> y, int m, double p, double* parts) {
  double sum = 0;
  for (int i = static_cast<int>(global_index()); i < n; i += static_cast<int>(gridDim.x * threads)) {
    const T at = x.at[blockIdx.y * x.length + i];
    for (int j = static_cast<int>(std::int64_t{i} * m / n); j < m; ++j) {
      const std::int64_t x_begins = std::int64_t{i} * m, x_ends = x_begins + m, y_begins = std::int64_t{j} * n, y_ends = y_begins + n;
      if (y_begins >= x_ends) break;
      const std::int64_t length = (y_ends < x_ends ? y_ends : x_ends) - (y_begins > x_begins ? y_begins : x_begins);
      const double apart = static_cast<double>(at) - static_cast<double>(y.at[blockIdx.y * y.length + j]);
      sum += power(apart, p) * static_cast<double>(length);
    }
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) parts[std::int64_t{blockIdx.y} * gridDim.x + blockIdx.x] = sum;
}

constexpr unsigned most_parts = 128;
inline unsigned parts_of_row(std::int64_t n) {
  const unsigned count = blocks_for(n);
  return count < most_parts ? count : most_parts;
}

// W_p^p of a row; NaN where a number was not finite.
__device__ inline double row_cost(const double* parts, unsigned count, std::int64_t n, std::int64_t m, bool odd) {
  double sum = 0;
  for (unsigned k = 0; k < count; ++k) sum += parts[k];
  return odd ? static_cast<double>(NAN) : sum / (static_cast<double>(n) * static_cast<double>(m));
}

template <class T> void sort_by_steps(Rows<T> r, void* stream) {
  for (std::int64_t run = 2; run <= r.length; run *= 2)
    for (std::int64_t distance = run / 2; distance > 0; distance /= 2)
      gpu::launch({blocks_for(r.rows * r.length / 2), threads, 0, stream}, exchange_rows<T>, r, run, distance);
}

constexpr unsigned tile = 2048; // numbers sorted in shared memory

// Steps of the network whose pairs stand within a tile: runs from `first_run` to `last_run`, each from the largest distance that fits.
template <class T> __global__ void __launch_bounds__(threads) exchange_tiles(Rows<T> r, std::int64_t first_run, std::int64_t last_run) {
  gpu::Dynamic dynamic;
  T* const at = dynamic.take<T>(tile);
  const std::int64_t origin = std::int64_t{blockIdx.x} * tile, all = r.rows * r.length;
  const unsigned count = static_cast<unsigned>(all - origin < tile ? all - origin : tile);
  for (unsigned k = threadIdx.x; k < count; k += threads) at[k] = r.at[origin + k];
  for (std::int64_t run = first_run; run <= last_run; run *= 2)
    for (unsigned distance = run / 2 < tile / 2 ? static_cast<unsigned>(run / 2) : tile / 2; distance > 0; distance /= 2) {
      __syncthreads();
      for (unsigned i = threadIdx.x; 2 * i < count; i += threads) {
        const unsigned first = 2 * i - (i & (distance - 1));
        exchange(at[first], at[first + distance], ((origin + first) & (r.length - 1) & run) == 0);
      }
    }
  __syncthreads();
  for (unsigned k = threadIdx.x; k < count; k += threads) r.at[origin + k] = at[k];
}

template <class T> void sort_by_tiles(Rows<T> r, void* stream) {
  const std::int64_t all = r.rows * r.length;
  const auto tiles = static_cast<unsigned>((all + tile - 1) / tile);
  const gpu::Shape shape{tiles, threads, tile * sizeof(T), stream};
  const std::int64_t within = r.length < tile ? r.length : tile;
  gpu::launch(shape, exchange_tiles<T>, r, std::int64_t{2}, within);
  for (std::int64_t run = 2 * within; run <= r.length; run *= 2) {
    for (std::int64_t distance = run / 2; distance >= tile; distance /= 2)
      gpu::launch({blocks_for(all / 2), threads, 0, stream}, exchange_rows<T>, r, run, distance);
    gpu::launch(shape, exchange_tiles<T>, r, run, run);
  }
}

} // namespace
} // namespace assay
