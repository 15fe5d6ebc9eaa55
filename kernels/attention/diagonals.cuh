// Sums of dS along diagonals, without atomics: warps of a block of queries sum each tile of dS, threads fold the warps and keep a distance
// in a register while tiles of keys go by, and each block leaves a row of distances in scratch, [batch, head, block, distance]. A second
// kernel adds the blocks. Orders are fixed. Scratch and its traffic are 1 / 64 of a matrix of the visible pairs.
#pragma once

#include "kernels/attention/sizes.cuh"

namespace assay {
namespace {

// For blocks of 16 * warps queries and tiles of `keys` keys, as many threads as distances, or more.
template <int warps, int keys> struct Diagonals {
  static constexpr int rows = 16 * warps, threads = 32 * warps, of_warp = 16 + keys - 1, pitch = keys + 1;
  static_assert(rows + keys - 1 <= threads, "a thread has one distance of a tile");

  struct Shared {
    float ds[warps][16 * pitch];
    float sums[2][warps][of_warp]; // of this tile and the one before
  };

  Shared& shared;
  float* to; // of the block
  int distances, now = -1;
  float sum = 0; // at distance `now`

  __device__ Diagonals(Shared& memory, float* of_block, int count) : shared(memory), to(of_block), distances(count) {
    for (int t = static_cast<int>(threadIdx.x); t < distances; t += threads) to[t] = 0; // by the thread that may write it again
  }

  // A warp's part of tile number `tile`, from the registers of its lanes; zeros if it has none.
  template <class Layout, int n> __device__ void add(const float (&ds)[n], bool some, int tile) {
    const int warp = static_cast<int>(threadIdx.x / gpu::warp), lane = static_cast<int>(threadIdx.x % gpu::warp);
    float *const own = shared.ds[warp], *const sums = shared.sums[tile % 2][warp];
    __syncwarp(); // what was here has been read
    if (some)
#pragma unroll
      for (int r = 0; r < Layout::rows; ++r)
#pragma unroll
        for (int c = 0; c < n / Layout::rows; ++c)
          own[Layout::row(lane, r) * pitch + Layout::column(lane) + Layout::step(c)] = ds[Layout::index(r, c)];
    __syncwarp();
    for (int u = lane; u < of_warp; u += static_cast<int>(gpu::warp)) { // row - column + keys - 1
      float one = 0;
      if (some)
#pragma unroll
        for (int row = 0; row < 16; ++row) {
          const int column = row + keys - 1 - u;
          if (column >= 0 && column < keys) one += own[row * pitch + column];
        }
      sums[u] = one;
    }
  }

  // After a barrier that follows add(..., tile). nearest: the distance of row 0 to the last key of the tile.
  __device__ void fold(int tile, int nearest) {
    const int at = static_cast<int>((threadIdx.x - static_cast<unsigned>(nearest)) % threads);
    const int t = nearest + at; // the thread's number modulo threads
    if (at >= rows + keys - 1) return;
    if (t != now) {
      flush();
      now = t;
    }
#pragma unroll
    for (int w = 0; w < warps; ++w) {
      const int u = at - 16 * w;
      if (u >= 0 && u < of_warp) sum += shared.sums[tile % 2][w][u];
    }
  }
  __device__ void flush() {
    if (now >= 0 && now < distances) to[now] = sum;
    sum = 0;
  }
};

constexpr int fold_threads = 256, fold_distances = 32, fold_shares = fold_threads / fold_distances;

struct FoldShared {
  float sums[fold_shares][fold_distances];
};

// parts: rows of a head in one batch.
__global__ void __launch_bounds__(fold_threads)
    fold_diagonals(const float* partial, int batch, int heads, int parts, int distances, float* diagonal) {
  const int tiles = (distances + fold_distances - 1) / fold_distances, h = static_cast<int>(blockIdx.x) / tiles;
  const int column = static_cast<int>(threadIdx.x) % fold_distances, share = static_cast<int>(threadIdx.x) / fold_distances;
  const int t = static_cast<int>(blockIdx.x) % tiles * fold_distances + column;
  float(&sums)[fold_shares][fold_distances] = gpu::shared<FoldShared>().sums;
  float sum = 0;
  if (t < distances)
    for (int b = 0; b < batch; ++b)
      for (int part = share; part < parts; part += fold_shares)
        sum += partial[((std::int64_t{b} * heads + h) * parts + part) * distances + t];
  sums[share][column] = sum;
  __syncthreads();
  if (share != 0 || t >= distances) return;
  for (int other = 1; other < fold_shares; ++other) sum += sums[other][column];
  diagonal[std::int64_t{h} * distances + t] = sum;
}

inline void fold_partial(const float* partial, int batch, int heads, int parts, int distances, float* diagonal, void* stream) {
  const int tiles = (distances + fold_distances - 1) / fold_distances;
  gpu::launch({static_cast<unsigned>(std::int64_t{heads} * tiles), fold_threads, 0, stream}, fold_diagonals, partial, batch, heads, parts,
              distances, diagonal);
}

} // namespace
} // namespace assay
