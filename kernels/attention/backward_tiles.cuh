// Pieces of the backward pass by tiles (backward_sweeps.cuh): rows that a block holds against tiles of columns that stream by, with
// products of streaming_fma.hpp or streaming_mma.hpp.
#pragma once

#include "kernels/attention/backward.cuh"
#include "kernels/attention/tiles.cuh"
#include "kernels/device/streaming.hpp"

namespace assay {
namespace {

template <class Products> struct BackwardShared {
  using T = typename Products::Element;
  static constexpr int held = Products::rows * Products::pitch, tile = Products::keys * Products::pitch;
  alignas(16) T own[2][held];
  struct Stage {
    alignas(16) T tile[2][BackwardShared::tile];
    alignas(16) Row rows[Products::keys];
    alignas(16) float bias[Products::rows + Products::keys]; // by row - column, from the first row and the last column on
  } stages[2];
  alignas(16) typename Products::Scratch scratch;
};

// fp16 has few exponents: weights are multiplied by a power of two so that the largest of a row so far lies below 1, as products expect
// (Products::unit), and close to it; sums follow when it grows. Powers of two do not round.
template <class Products> struct Exponents {
  using Layout = typename Products::Layout;
  static constexpr int rows = Layout::rows, most_stored = 252;
  int most[rows]; // largest exponent so far, as fp32 stores it

  __device__ Exponents() {
    for (int& one : most) one = 0;
  }
  static __device__ float power(int stored) { return __int_as_float(stored << 23); }

  template <int n, int m> __device__ void scale(float (&weights)[n], float (&sums)[m]) {
#pragma unroll
    for (int r = 0; r < rows; ++r) {
      float largest = 0;
#pragma unroll
      for (int c = 0; c < n / rows; ++c) largest = fmaxf(largest, fabsf(weights[Layout::index(r, c)]));
#pragma unroll
      for (int lanes = 1; lanes < Layout::lanes; lanes *= 2) largest = fmaxf(largest, __shfl_xor_sync(gpu::whole_warp, largest, lanes));
      const int exponent = min(max(most[r], __float_as_int(largest) >> 23), most_stored);
      const float shrink = power(max(127 + most[r] - exponent, 0)), grow = power(253 - exponent);
      most[r] = exponent;
#pragma unroll
      for (int c = 0; c < m / rows; ++c) sums[Layout::index(r, c)] *= shrink;
#pragma unroll
      for (int c = 0; c < n / rows; ++c) weights[Layout::index(r, c)] *= grow;
    }
  }
  __device__ float unscaled(int r) const { return power(most[r] + 1) / Products::unit; }
};
// Others have as many exponents as fp32.
struct NoExponents {
  template <int n, int m> __device__ void scale(float (&)[n], float (&)[m]) {}
  __device__ float unscaled(int) const { return 1; }
};
template <class Products> using ExponentsOf =
    std::conditional_t<std::is_same_v<typename Products::Element, Fp16>, Exponents<Products>, NoExponents>;

// Rows of a block and, of each warp, those that its lanes hold. seen(row): columns that a row sees, first and past not decreasing.
template <class Products, class Seen> struct HeldRows {
  using Layout = typename Products::Layout;
  static constexpr int held = Layout::rows, keys = Products::keys;
  Seen seen;
  int warp, lane, from, limit; // of the warp: rows from ... limit - 1, 16 at most
  bool whole;                  // 16 of them, and none is left out
  unsigned out = 0;            // rows of the lane that are left out
  Range nearest{}, farthest{}; // what its first and its last row see

  __device__ HeldRows(int begin, int past, Seen sees) : seen(sees) {
    warp = static_cast<int>(threadIdx.x / gpu::warp);
    lane = static_cast<int>(threadIdx.x % gpu::warp);
    from = begin + 16 * warp;
    limit = min(from + 16, past);
    whole = from + 16 == limit;
    if (from >= limit) return;
    nearest = seen(from);
    farthest = seen(limit - 1);
  }
  __device__ int row(int r) const { return from + Layout::row(lane, r); }
  __device__ bool sees_some(int at) const { return from < limit && at + keys > nearest.first && at < farthest.past; }
  __device__ bool sees_all(int at) const { return whole && at >= farthest.first && at + keys <= nearest.past; }
  // nothing(r): row r of the lane has nothing to add, whatever its range.
  template <class Nothing> __device__ void leave_out(Nothing nothing) {
#pragma unroll
    for (int r = 0; r < held; ++r) out |= nothing(r) ? 1u << r : 0;
    whole = whole && __any_sync(gpu::whole_warp, out != 0) == 0;
  }
  // Zeros where a row does not see a column of the tile that begins at `at`.
  template <int n> __device__ void blank(float (&weights)[n], int at) const {
#pragma unroll
    for (int r = 0; r < held; ++r) {
      const Range range = row(r) < limit && (out >> r & 1) == 0 ? seen(row(r)) : Range{0, 0};
      const int from_first = at + Layout::column(lane) - range.first;
      const auto count = static_cast<unsigned>(max(range.past - range.first, 0));
#pragma unroll
      for (int c = 0; c < n / held; ++c)
        if (static_cast<unsigned>(from_first + Layout::step(c)) >= count) weights[Layout::index(r, c)] = 0;
    }
  }
};

// Row r of the lane, by all lanes of the warp; width: 0 where it is not written.
template <class Layout, class T, int n> __device__ void put(T* to, const float (&sums)[n], int r, float factor, int width, int lane) {
  float values[n / Layout::rows];
#pragma unroll
  for (int c = 0; c < n / Layout::rows; ++c) values[c] = sums[Layout::index(r, c)] * factor;
  Layout::put(to, values, lane, width);
}

template <class Layout, int n> __device__ bool any_nan(const float (&sums)[n], int r) {
  bool found = false;
#pragma unroll
  for (int c = 0; c < n / Layout::rows; ++c) found = found || isnan(sums[Layout::index(r, c)]);
  return found;
}

// Rows of a warp, one bit each, that row r of some lane says are broken.
template <class Layout> __device__ unsigned marked(bool broken, int r) {
  const unsigned lanes = __ballot_sync(gpu::whole_warp, broken);
  unsigned rows = 0;
#pragma unroll
  for (int group = 0; group < static_cast<int>(gpu::warp) / Layout::lanes; ++group)
    if ((lanes >> group * Layout::lanes & ((1u << Layout::lanes) - 1)) != 0) rows |= 1u << Layout::row(group * Layout::lanes, r);
  return rows;
}

// `rows` rows of a tile, the first of them at `position`; zeros from `there` on.
template <class Products, int rows, class T>
__device__ void bring_rows(T* to, const T* base, int width, int there, const Places& places, int b, int head, int position) {
  const std::int64_t first = places.at(b, head, position);
  bring<rows, Products::width, Products::pitch, Products::threads>(
      to, base, width, [&](int r) { return r < there ? first + r * places.position : std::int64_t{-1}; });
}

// Biases by distance `nearest`, nearest + 1, ... into a stage.
template <class Products, class T> __device__ void bring_bias(float* to, const Backward<T>& f, int h, int nearest) {
  if (f.bias.kind == Bias::none) return;
  const float slope = adds_slope(f.bias) ? slope_of(f.bias, h) : 0;
  for (int i = static_cast<int>(threadIdx.x); i < Products::rows + Products::keys - 1; i += Products::threads) {
    const int t = nearest + i;
    const bool inside = t >= 0 && t < f.bias.distances;
    if (adds_slope(f.bias))
      to[i] = slope * static_cast<float>(t);
    else
      gpu::copy_async<4>(to + i, inside ? table_of(f.bias, h) + t : f.bias.table, inside ? 4 : 0);
  }
}

// Makes zeros of what is not finite in tiles that have given their scores; all warps take part.
template <class Products, class Stage> __device__ void keep_finite(Stage& stage) {
  __syncthreads();
  for (auto& tile : stage.tile) gpu::clear_broken<Products::width, Products::pitch>(tile, static_cast<int>(threadIdx.x), Products::threads);
  __syncthreads();
}

// Calls use(tile, stage) for each of `tiles` tiles while bring(tile, stage) fetches the next one; at least one of them.
template <class Products, class Bring, class Use> __device__ void sweep(BackwardShared<Products>& shared, int tiles, Bring bring, Use use) {
  bring(0, shared.stages[0]);
  gpu::commit_copies();
  for (int tile = 0; tile < tiles; ++tile) {
    gpu::wait_copies<0>();
    __syncthreads(); // the tile is there, and nobody reads the other stage any more
    if (tile + 1 < tiles) bring(tile + 1, shared.stages[(tile + 1) % 2]);
    gpu::commit_copies();
    use(tile, shared.stages[tile % 2]);
  }
}

} // namespace
} // namespace assay
