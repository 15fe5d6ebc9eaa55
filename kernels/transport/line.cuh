// Distances on the line on a device: rows of numbers, and the quantiles of sorted rows in pairs; line_sort.cuh has the sorts.
// In an unnamed namespace: the same source is compiled once for every backend that executes it.
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
    const int first = n == m ? i : static_cast<int>(std::int64_t{i} * m / n); // a division of 64 bits takes longer than all the rest
    for (int j = first; j < m; ++j) {
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

// Blocks that pair a row: of all rows together, what a device holds at once.
inline unsigned parts_of_row(std::int64_t n, std::int64_t rows) {
  const std::int64_t share = 1024 / (rows > 0 ? rows : 1), count = blocks_for(n);
  return static_cast<unsigned>(count < share ? count : share > 0 ? share : 1);
}

// Of row blockIdx.x: W_p^p, if asked for, and W_p; NaN where a number was not finite.
__global__ void __launch_bounds__(threads)
    fold_parts(const double* parts, unsigned count, int n, int m, double p, const unsigned* odd, double* cost, double* distance) {
  double sum = 0;
  for (unsigned k = threadIdx.x; k < count; k += threads) sum += parts[std::int64_t{blockIdx.x} * count + k];
  sum = block_sum(sum);
  if (threadIdx.x != 0) return;
  const double all = odd[blockIdx.x] != 0 ? static_cast<double>(NAN) : sum / (static_cast<double>(n) * static_cast<double>(m));
  if (cost != nullptr) cost[blockIdx.x] = all;
  distance[blockIdx.x] = root(all, p);
}

// Both clouds by the same launches where their rows are of one length; y stands behind x.
template <class T> void sort_both(void (*sort)(Rows<T>, void*), Rows<T> x, Rows<T> y, void* stream) {
  if (x.length == y.length) return sort({x.at, x.rows + y.rows, x.length}, stream);
  sort(x, stream), sort(y, stream);
}

} // namespace
} // namespace assay
