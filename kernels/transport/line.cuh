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

// Group i of 2^steps numbers, `apart` from each other, that `steps` steps exchange among themselves: the first of them.
template <int steps, class Index> __device__ Index first_of_group(Index i, Index apart) {
  constexpr Index size = Index{1} << steps;
  return size * i - (size - 1) * (i & (apart - 1));
}

// These steps, the longest first, for the numbers at(0), at(1), ... of a group.
template <int steps, class T, class At> __device__ void exchange_group(const At& at, bool ascending) {
  constexpr int size = 1 << steps;
  T x[size];
#pragma unroll
  for (int k = 0; k < size; ++k) x[k] = at(k);
#pragma unroll
  for (int half = size / 2; half > 0; half /= 2)
#pragma unroll
    for (int k = 0; k < size; ++k)
      if ((k & half) == 0) exchange(x[k], x[k + half], ascending);
#pragma unroll
  for (int k = 0; k < size; ++k) at(k) = x[k];
}

// Steps of the network from `distance` on, one thread a group: runs of `run` numbers are merged, in pairs `distance` apart at first.
template <class T, int steps> __global__ void __launch_bounds__(threads) exchange_rows(Rows<T> r, std::int64_t run, std::int64_t distance) {
  const std::int64_t i = global_index();
  if (i << steps >= r.rows * r.length) return;
  const std::int64_t apart = distance >> (steps - 1), first = first_of_group<steps>(i, apart);
  exchange_group<steps, T>([&](int k) -> T& { return r.at[first + k * apart]; }, (first & (r.length - 1) & run) == 0);
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

template <class T> void sort_by_steps(Rows<T> r, void* stream) {
  for (std::int64_t run = 2; run <= r.length; run *= 2)
    for (std::int64_t distance = run / 2; distance > 0; distance /= 2)
      gpu::launch({blocks_for(r.rows * r.length / 2), threads, 0, stream}, exchange_rows<T, 1>, r, run, distance);
}

constexpr unsigned tile = 2048; // numbers sorted in shared memory
constexpr unsigned room = tile + tile / 8;
__device__ inline unsigned place(unsigned k) { return k + k / 8; } // groups of eight neighbours begin in different banks

template <int steps, class T>
__device__ void exchange_in_tile(T* at, unsigned count, unsigned distance, std::int64_t origin, std::int64_t direction) {
  const unsigned apart = distance >> (steps - 1);
  for (unsigned i = threadIdx.x; i << steps < count; i += threads) {
    const unsigned first = first_of_group<steps>(i, apart);
    exchange_group<steps, T>([&](int k) -> T& { return at[place(first + static_cast<unsigned>(k) * apart)]; },
                             ((origin + first) & direction) == 0);
  }
}

// Steps of the network whose pairs stand within a tile, three at a time: runs from `first_run` to `last_run`, each from the largest
// distance that fits.
template <class T> __global__ void __launch_bounds__(threads) exchange_tiles(Rows<T> r, std::int64_t first_run, std::int64_t last_run) {
  gpu::Dynamic dynamic;
  T* const at = dynamic.take<T>(room);
  const std::int64_t origin = std::int64_t{blockIdx.x} * tile, all = r.rows * r.length;
  const unsigned count = static_cast<unsigned>(all - origin < tile ? all - origin : tile);
  for (unsigned k = threadIdx.x; k < count; k += threads) at[place(k)] = r.at[origin + k];
  for (std::int64_t run = first_run; run <= last_run; run *= 2) {
    const std::int64_t direction = (r.length - 1) & run;
    unsigned distance = run / 2 < tile / 2 ? static_cast<unsigned>(run / 2) : tile / 2;
    while (distance > 0) {
      const int left = __ffs(static_cast<int>(distance)) % 3; // beyond threes: the last three steps are of eight neighbours
      __syncthreads();
      if (left == 1)
        exchange_in_tile<1>(at, count, distance, origin, direction);
      else if (left == 2)
        exchange_in_tile<2>(at, count, distance, origin, direction);
      else
        exchange_in_tile<3>(at, count, distance, origin, direction);
      distance >>= left == 0 ? 3 : left;
    }
  }
  __syncthreads();
  for (unsigned k = threadIdx.x; k < count; k += threads) r.at[origin + k] = at[place(k)];
}

template <class T> void sort_by_tiles(Rows<T> r, void* stream) {
  const std::int64_t all = r.rows * r.length;
  const auto tiles = static_cast<unsigned>((all + tile - 1) / tile);
  const gpu::Shape shape{tiles, threads, room * sizeof(T), stream};
  const auto groups = [&](int steps) -> gpu::Shape { return {blocks_for(all >> steps), threads, 0, stream}; };
  const std::int64_t within = r.length < tile ? r.length : tile;
  gpu::launch(shape, exchange_tiles<T>, r, std::int64_t{2}, within);
  for (std::int64_t run = 2 * within; run <= r.length; run *= 2) {
    std::int64_t distance = run / 2;
    for (; distance >= 4 * tile; distance /= 8) gpu::launch(groups(3), exchange_rows<T, 3>, r, run, distance);
    if (distance >= 2 * tile)
      gpu::launch(groups(2), exchange_rows<T, 2>, r, run, distance);
    else if (distance >= tile)
      gpu::launch(groups(1), exchange_rows<T, 1>, r, run, distance);
    gpu::launch(shape, exchange_tiles<T>, r, run, run);
  }
}

// Both clouds by the same launches where their rows are of one length; y stands behind x.
template <class T> void sort_both(void (*sort)(Rows<T>, void*), Rows<T> x, Rows<T> y, void* stream) {
  if (x.length == y.length) return sort({x.at, x.rows + y.rows, x.length}, stream);
  sort(x, stream), sort(y, stream);
}

} // namespace
} // namespace assay
