// How a block goes through pairs of points: a matrix product in registers whose numbers are used at once. The block's rows stay in shared
// memory, its warps take turns with tiles of columns; each brings its own, the next one while it works, so that no warp waits for another.
// A thread has `own` rows and eight columns at a time. In an unnamed namespace, as entropic.cuh.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/transport/entropic.cuh"

namespace assay {
namespace {

constexpr int row_groups = 8, column_groups = 4, own_columns = 8; // of lanes; of a thread

// Numbers of one of several groups, which have them by fours, or all of them where these are fewer.
template <int count> __device__ int of_group(int k, int group, int groups) {
  constexpr int run = count < 4 ? count : 4;
  return (k / run * groups + group) * run + k % run;
}
template <int count> __device__ void take(const float* from, int group, int groups, float (&to)[count]) {
  if constexpr (count % 4 == 0) {
#pragma unroll
    for (int k = 0; k < count; k += 4) {
      const float4 four = *reinterpret_cast<const float4*>(from + of_group<count>(k, group, groups));
      to[k] = four.x, to[k + 1] = four.y, to[k + 2] = four.z, to[k + 3] = four.w;
    }
  } else {
#pragma unroll
    for (int k = 0; k < count; ++k) to[k] = from[of_group<count>(k, group, groups)];
  }
}

// dims: coordinates, or 0: a multiple of 16 that is known at run time.
template <int dims, int own_rows> struct Pairs {
  using Side = Cloud; // what a kernel takes of either
  static constexpr int own = own_rows;
  static constexpr int rows = row_groups * own, tile = column_groups * own_columns;
  static constexpr int warps = own == 8 ? 12 : 16; // twelve may have 168 registers
  static constexpr int blocks = own == 8 ? 1 : 2;  // of a multiprocessor, at least
  static constexpr int threads = warps * static_cast<int>(gpu::warp);
  // What is brought at once: a block has at most 80 KiB, which all architectures from 8.0 on give it.
  static constexpr int slab = dims == 0 ? 16 : dims, columns = dims == 0 ? tile : 2 * tile;
  struct Stage {
    alignas(16) float points[slab][columns], norm[columns], term[columns];
  };

  static std::size_t bytes(int width) {
    return 2 * warps * sizeof(Stage) + sizeof(float) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(width + 2 * warps + 1);
  }

  const Cloud &z, &to;
  const float* term;
  int lane, warp, row_group, column_group, first;
  Stage* stages;  // two of this warp
  float* points;  // [width][rows]
  float* shares;  // [2][warps][rows]
  float* origins; // [rows]

  __device__ Pairs(const Cloud& z, const Cloud& to, const float* term) : z(z), to(to), term(term) {
    const int t = static_cast<int>(threadIdx.x);
    lane = t % static_cast<int>(gpu::warp), warp = t / static_cast<int>(gpu::warp);
    row_group = lane / 2 % row_groups; // so that any eight lanes in a row read few addresses of either side
    column_group = lane % 2 + lane / 16 * 2;
    first = static_cast<int>(blockIdx.x) * rows;
    gpu::Dynamic dynamic;
    stages = dynamic.take<Stage>(2 * warps) + 2 * warp;
    points = dynamic.take<float>(static_cast<std::size_t>(z.width) * rows);
    shares = dynamic.take<float>(2 * warps * rows);
    origins = dynamic.take<float>(rows);
  }

  __device__ int own_row() const { return first + static_cast<int>(threadIdx.x); } // of the first threads
  __device__ bool has_row() const { return static_cast<int>(threadIdx.x) < rows && own_row() < z.count; }

  // `factor` times the points of rows.
  __device__ void take_rows(float factor) {
#pragma unroll 4
    for (int e = static_cast<int>(threadIdx.x); e < (dims == 0 ? z.width : dims) * rows; e += threads)
      points[e] = factor * z.points[static_cast<std::int64_t>(e / rows) * z.stride + first + e % rows];
  }

  // Coordinates from `from` on of tile `at`, four numbers a lane.
  __device__ void bring(int at, int from, Stage& stage) const {
    constexpr int chunks = columns / 4, at_once = static_cast<int>(gpu::warp) / chunks;
    if (at * columns < to.count) {
      const int k = lane / chunks, column = at * columns + lane % chunks * 4;
      const float* source = to.points + static_cast<std::int64_t>(from + k) * to.stride + column;
      float* const place = &stage.points[0][0] + 4 * lane;
#pragma unroll
      for (int there = 0; there < slab; there += at_once, source += at_once * to.stride)
        gpu::copy_async<16>(place + there * columns, source);
      if (k < 2) gpu::copy_async<16>(place + slab * columns, (k == 0 ? to.norm : term) + column);
    }
    gpu::commit_copies();
  }
  // To be called before `over`, as early as possible.
  __device__ void begin() const { bring(warp, 0, stages[0]); }

  // All pairs. Pass: a column's number, made of term and norm; what an exponent starts from (early, few coordinates) or gets at last (late,
  // many); how a coordinate joins; what is done with it.
  template <class Pass> __device__ void over(Pass& pass) const {
    const int width = dims == 0 ? z.width : dims;
    int now = 0;
#pragma unroll 1
    for (int at = warp; at * columns < to.count; at += warps) {
      float e[own][own_columns] = {};
#pragma unroll 1
      for (int from = 0; from < width; from += slab, now ^= 1) {
        const bool last = dims != 0 || from + slab == width;
        bring(last ? at + warps : at, last ? 0 : from + slab, stages[now ^ 1]);
        gpu::wait_copies<1>();
        __syncwarp();
        const Stage& stage = stages[now];
#pragma unroll 1
        for (int part = 0; part < columns; part += tile) {
          float t[own_columns] = {}, origin[own] = {};
          if (last) {
            if constexpr (Pass::relative) take(origins, row_group, row_groups, origin);
            float norm[own_columns];
            take(stage.term + part, column_group, column_groups, t);
            take(stage.norm + part, column_group, column_groups, norm);
#pragma unroll
            for (int c = 0; c < own_columns; ++c) t[c] = Pass::term(t[c], norm[c]);
          }
          if (dims != 0)
#pragma unroll
            for (int r = 0; r < own; ++r)
#pragma unroll
              for (int c = 0; c < own_columns; ++c) e[r][c] = Pass::early(t[c], origin[r]);
          const float *xs = points + from * rows, *ys = stage.points[0] + part;
#pragma unroll 8
          for (int k = 0; k < slab; ++k, xs += rows, ys += columns) {
            float x[own], y[own_columns];
            take(xs, row_group, row_groups, x);
            take(ys, column_group, column_groups, y);
#pragma unroll
            for (int r = 0; r < own; ++r)
#pragma unroll
              for (int c = 0; c < own_columns; ++c) e[r][c] = Pass::join(x[r], y[c], e[r][c]);
          }
          if (last)
#pragma unroll
            for (int r = 0; r < own; ++r)
#pragma unroll
              for (int c = 0; c < own_columns; ++c)
                pass.done(r, t[c], origin[r], dims != 0 ? e[r][c] : Pass::late(t[c], origin[r], e[r][c]));
        }
        __syncwarp(); // what is brought next goes where this was
      }
    }
  }

  // What all lanes and warps know of a thread's row, in an order that depends on nothing. A barrier of the block.
  template <class F> __device__ float combined(const float (&x)[own], float* share, const F& f) const {
#pragma unroll
    for (int r = 0; r < own; ++r) {
      float all = f(x[r], __shfl_xor_sync(gpu::whole_warp, x[r], 1));
      all = f(all, __shfl_xor_sync(gpu::whole_warp, all, 16));
      if (column_group == 0) share[warp * rows + of_group<own>(r, row_group, row_groups)] = all;
    }
    __syncthreads();
    float all = 0;
    if (has_row()) {
      all = share[threadIdx.x];
#pragma unroll
      for (int k = 1; k < warps; ++k) all = f(all, share[k * rows + static_cast<int>(threadIdx.x)]);
    }
    return all;
  }
};

} // namespace
} // namespace assay
