// How blocks go through pairs of points: lane l of every warp has point l of the block's 32 in registers; columns come by tiles into shared
// memory, where each warp takes 32 of them, read by all its lanes at once. A thousand points are 32 blocks only, so that a block has as
// many warps as registers allow. In an unnamed namespace, as examine.cuh.
#pragma once

#include "kernels/device/copy.hpp"

namespace assay {
namespace {

constexpr int block_rows = static_cast<int>(gpu::warp);
constexpr int part_columns = 32; // of a warp

// wide: coordinates in registers, the last of them zeros.
template <int wide> constexpr int parts = wide <= 4 ? 16 : wide <= 16 ? 8 : 4; // warps of a block
template <int wide> constexpr int tile_threads = parts<wide>* block_rows;
template <int wide> constexpr int tile_columns = parts<wide>* part_columns;

template <int wide> struct Tile {
  alignas(16) float points[tile_columns<wide>][wide];
  float term[tile_columns<wide>];
};

__device__ inline int tile_row() { return static_cast<int>(blockIdx.x) * block_rows + static_cast<int>(threadIdx.x) % block_rows; }
__device__ inline int tile_part() { return static_cast<int>(threadIdx.x) / block_rows; }

template <int wide> __device__ void take_row(const float* points, int count, int dim, int i, float (&x)[wide]) {
#pragma unroll
  for (int k = 0; k < wide; ++k) x[k] = i < count && k < dim ? points[static_cast<std::int64_t>(i) * dim + k] : 0;
}

// Columns from `first` on, by all threads; a term of -infinity beyond the last one.
template <int wide, class Term>
__device__ void bring(const float* points, int count, int dim, int first, const Term& term, Tile<wide>& to) {
  constexpr int step = tile_threads<wide> / wide; // columns that are brought at once; a thread always has the same coordinate
  const int t = static_cast<int>(threadIdx.x), k = t % wide;
  const float* from = points + static_cast<std::int64_t>(first + t / wide) * dim + k;
#pragma unroll 8
  for (int c = t / wide; c < tile_columns<wide>; c += step, from += step * dim) {
    const bool there = first + c < count && k < dim;
    gpu::copy_async<4>(&to.points[c][k], there ? from : points, there ? 4 : 0);
  }
  gpu::commit_copies();
  static_assert(tile_columns<wide> == tile_threads<wide>);
  to.term[t] = first + t < count ? term(first + t) : -INFINITY;
  gpu::wait_copies<0>();
}

template <int wide> __device__ float squared_distance(const float (&x)[wide], const float (&y)[wide]) {
  float sum = 0;
#pragma unroll
  for (int k = 0; k < wide; ++k) {
    const float apart = x[k] - y[k];
    sum = fmaf(apart, apart, sum);
  }
  return sum;
}

// f() for all tiles, between barriers.
template <int wide, class Term, class F>
__device__ void over_tiles(const float* points, int count, int dim, const Term& term, Tile<wide>& tile, const F& f) {
  for (int first = 0; first < count; first += tile_columns<wide>) {
    __syncthreads(); // the tile before is not read any more
    bring(points, count, dim, first, term, tile);
    __syncthreads();
    f();
  }
}

} // namespace
} // namespace assay
