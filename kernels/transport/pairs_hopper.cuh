// How a block goes through pairs of points on compute capability 9.0: groups of four warps share 64 rows and take turns with tiles of 128
// columns, which TMA brings as halves (halves.cuh); while one group waits for its tile or its products, the others have exponentials to
// make. Terms of a tile come to each warp by itself. In an unnamed namespace, as entropic.cuh.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/device/hopper.hpp"
#include "kernels/transport/halves.cuh"

namespace assay {
namespace {

// steps: of 16 coordinates.
template <int steps> struct HopperPairs {
  struct Side : Cloud { // what a kernel takes of either
    gpu::TensorMap map; // of halves, beyond the width zeros
    explicit Side(const Cloud& c)
        : Cloud(c),
          map(gpu::tensor_map(reinterpret_cast<const __half*>(c.halves), 2 * static_cast<std::size_t>(c.stride),
                              static_cast<std::size_t>(c.width), static_cast<std::size_t>(c.width), box)) {}
  };
  static constexpr int own = 2, box = 64, rows = box, columns = 2 * box, groups = 4;
  static constexpr int warps = 4 * groups, blocks = 1, threads = warps * static_cast<int>(gpu::warp);
  template <int points> struct Tile { alignas(1024) __half high[points * box], low[points * box]; };
  struct Terms {
    alignas(16) float term[columns], norm[columns];
  };
  struct Shared {
    Tile<columns> tiles[groups];
    Tile<rows> left;
    Terms terms[warps][2]; // the next ones come while these are read
    float shares[groups][rows], origins[rows];
    gpu::Mbarrier full[groups], empty[groups], rows_full;
  };
  static std::size_t bytes(int) { return sizeof(Shared); }

  const Side &z, &to;
  const float* term;
  int lane, warp, group, first;
  Shared& shared;
  float *shares, *origins;
  mutable unsigned turn = 0; // tiles that this group has gone through

  __device__ HopperPairs(const Side& z, const Side& to, const float* term)
      : z(z), to(to), term(term), shared(*gpu::Dynamic().template take<Shared>(1)) {
    const int t = static_cast<int>(threadIdx.x);
    lane = t % static_cast<int>(gpu::warp), warp = t / static_cast<int>(gpu::warp), group = warp / 4;
    first = static_cast<int>(blockIdx.x) * rows;
    shares = shared.shares[0], origins = shared.origins;
    if (t == 0) {
      shared.rows_full.init(1);
      for (int g = 0; g < groups; ++g) shared.full[g].init(1), shared.empty[g].init(4);
    }
    __syncthreads();
  }

  __device__ int own_row() const { return first + static_cast<int>(threadIdx.x); } // of the first threads
  __device__ bool has_row() const { return static_cast<int>(threadIdx.x) < rows && own_row() < z.count; }
  __device__ int row_of(int r) const { return warp % 4 * 16 + r * 8 + lane / 4; } // of the block, row r of this lane

  // Exponents get twice their products.
  __device__ void take_rows(float) const {
    if (threadIdx.x != 0) return;
    shared.rows_full.arrive_and_expect(sizeof shared.left);
    gpu::load_tile(shared.left.high, z.map, first, 0, shared.rows_full);
    gpu::load_tile(shared.left.low, z.map, z.stride + first, 0, shared.rows_full);
  }

  // Tile `at` as the group's n-th.
  __device__ void bring(int at, unsigned n) const {
    if (at * columns < to.count) {
      Terms& terms = shared.terms[warp][n % 2];
      gpu::copy_async<16>(terms.term + 4 * lane, term + at * columns + 4 * lane);
      gpu::copy_async<16>(terms.norm + 4 * lane, to.norm + at * columns + 4 * lane);
      if (warp % 4 == 0 && lane == 0) {
        Tile<columns>& tile = shared.tiles[group];
        shared.empty[group].wait(n % 2 ^ 1);
        shared.full[group].arrive_and_expect(sizeof tile);
#pragma unroll
        for (int half = 0; half < columns; half += box) {
          gpu::load_tile(tile.high + half * box, to.map, at * columns + half, 0, shared.full[group]);
          gpu::load_tile(tile.low + half * box, to.map, to.stride + at * columns + half, 0, shared.full[group]);
        }
      }
    }
    gpu::commit_copies();
  }
  __device__ void begin() const { bring(group, turn); }

  // All pairs; Pass as in pairs.cuh.
  template <class Pass> __device__ void over(Pass& pass) const {
    float origin[own] = {};
    if constexpr (Pass::relative)
#pragma unroll
      for (int r = 0; r < own; ++r) origin[r] = origins[row_of(r)];
    shared.rows_full.wait(0);
#pragma unroll 1
    for (int at = group; at * columns < to.count; at += groups, ++turn) {
      const Tile<columns>& tile = shared.tiles[group];
      shared.full[group].wait(turn % 2);
      float product[columns / 2];
      gpu::wgmma_fence();
#pragma unroll
      for (unsigned k = 0; k < 16 * steps; k += 16) {
        gpu::wgmma<__half, false>(product, gpu::wgmma_k_major(shared.left.high, k), gpu::wgmma_k_major(tile.low, k), k > 0);
        gpu::wgmma<__half, false>(product, gpu::wgmma_k_major(shared.left.low, k), gpu::wgmma_k_major(tile.high, k), true);
      }
#pragma unroll
      for (unsigned k = 0; k < 16 * steps; k += 16)
        gpu::wgmma<__half, false>(product, gpu::wgmma_k_major(shared.left.high, k), gpu::wgmma_k_major(tile.high, k), true);
      gpu::wgmma_commit();
      gpu::wgmma_wait<0>(product);
      if (lane == 0) shared.empty[group].arrive();
      bring(at + groups, turn + 1);
      gpu::wait_copies<1>();
      __syncwarp();
      const Terms& terms = shared.terms[warp][turn % 2];
#pragma unroll
      for (int i = 0; i < columns / 2; i += 4) {
        const int column = i / 4 * 8 + lane % 4 * 2;
        const float2 of = *reinterpret_cast<const float2*>(terms.term + column),
                     norm = *reinterpret_cast<const float2*>(terms.norm + column);
        const float t[2] = {Pass::term(of.x, norm.x), Pass::term(of.y, norm.y)};
#pragma unroll
        for (int e = 0; e < 4; ++e) pass.done(e / 2, t[e % 2], origin[e / 2], Pass::doubled(t[e % 2], origin[e / 2], product[i + e]));
      }
      __syncwarp(); // what is brought next goes where terms were
    }
  }

  // As in pairs.cuh.
  template <class F> __device__ float combined(const float (&x)[own], float* share, const F& f) const {
#pragma unroll
    for (int r = 0; r < own; ++r) {
      float all = f(x[r], __shfl_xor_sync(gpu::whole_warp, x[r], 1));
      all = f(all, __shfl_xor_sync(gpu::whole_warp, all, 2));
      if (lane % 4 == 0) share[group * rows + row_of(r)] = all;
    }
    __syncthreads();
    float all = 0;
    if (has_row()) {
      all = share[threadIdx.x];
#pragma unroll
      for (int k = 1; k < groups; ++k) all = f(all, share[k * rows + static_cast<int>(threadIdx.x)]);
    }
    return all;
  }
};

} // namespace
} // namespace assay
