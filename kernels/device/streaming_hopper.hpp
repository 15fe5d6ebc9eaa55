// The engine of streaming.hpp for compute capability 9.0: groups of four warps have 64 rows each and multiply by wgmma; one warp of a group
// behind them brings tiles of keys and values by TMA into rings of stages, and leaves the registers of its group to the others. While one
// group makes weights, the other multiplies. Weights go through shared memory, where wgmma takes its left operand from; each warp writes
// and uses its own 16 rows of them.
#pragma once

#include <algorithm>

#include "kernels/device/hopper.hpp"
#include "kernels/device/streaming.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

template <class T, int width_, int keys_, int groups, int stages_, int blocks_> struct HopperProducts {
  using Element = T;
  using Half = std::conditional_t<std::is_same_v<T, Fp16>, __half, __nv_bfloat16>;
  using Layout = Quads;
  static constexpr int width = width_, keys = keys_, rows = 64 * groups, stages = stages_;
  static constexpr int threads = 128 * groups;                // that multiply
  static constexpr int block = threads + 128;                 // and those that bring tiles
  static constexpr int blocks = blocks_;                      // of a multiprocessor, which has 65536 registers
  static constexpr int each = 65536 / blocks / block / 8 * 8; // at the start; groups trade what the block has
  static constexpr int bringing = 40, multiplying = std::min(240, (each * block - 128 * bringing) / threads / 8 * 8);
  static constexpr float unit = std::is_same_v<T, Fp16> ? 0x1p15f : 1; // as in streaming_mma.hpp

  // Tiles of 64 columns follow each other, each as load_tile leaves it.
  template <int tile_rows> static __device__ int place(int r, int column) {
    return column / 64 * (tile_rows * 64) + r * 64 + (column % 64 / 8 ^ r % 8) * 8 + column % 8;
  }
  static __device__ int query_place(int r, int column) { return r / 64 * (64 * width) + place<64>(r % 64, column); }
};

template <class Policy, class Products> struct HopperShared {
  using T = typename Products::Element;
  static constexpr int tile = Products::keys * Products::width;
  alignas(1024) T keys[Products::stages][tile], values[Products::stages][tile];
  alignas(1024) T queries[Products::rows * Products::width];
  alignas(1024) T weights[Products::rows * Products::keys];
  alignas(16) typename Policy::Terms terms[Products::stages];
  alignas(16) typename Policy::Block block;
  alignas(16) typename Policy::Row rows[Products::rows];
  alignas(16) Scope scopes[Products::rows / 16], groups[Products::rows / 64];
  alignas(8) Mbarrier keys_full[Products::stages], keys_empty[Products::stages], values_full[Products::stages],
      values_empty[Products::stages];
  Mbarrier queries_full, judged, cleared;
  unsigned broken[Products::rows / 16], again; // rows of a warp that are done twice, a bit each; whether any are
};

// Of the ring's n-th tile.
template <int stages> struct Turn {
  int stage;
  unsigned parity;
  __device__ explicit Turn(int n) : stage(n % stages), parity(static_cast<unsigned>(n / stages % 2)) {}
};

// The rows of one block. Policy as in streaming.hpp, with bring_terms(terms, tile, thread, threads, copy) instead of bring;
// tiles.keys(to, tile, barrier) and tiles.values(...) ask for all columns of a tile, `width` x `keys` elements.
template <class Products, class Policy, class Tiles>
__device__ void stream_hopper(const Policy& policy, const Tiles& tiles, HopperShared<Policy, Products>& shared) {
  using T = typename Products::Element;
  using Half = typename Products::Half;
  using Layout = typename Products::Layout;
  constexpr int keys = Products::keys, width = Products::width, stages = Products::stages;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / static_cast<int>(gpu::warp),
            lane = thread % static_cast<int>(gpu::warp);
  const bool consumes = thread < Products::threads;
  if (thread == 0) {
    for (int s = 0; s < stages; ++s) {
      shared.keys_full[s].init(1);
      shared.values_full[s].init(1);
      shared.keys_empty[s].init(Products::threads / gpu::warp);
      shared.values_empty[s].init(Products::threads / gpu::warp);
    }
    shared.queries_full.init(Products::threads);
    shared.judged.init(Products::threads);
    shared.cleared.init(Products::threads);
    shared.again = 0;
  }
  if (thread < Products::rows) shared.rows[thread] = policy.row(thread);
  if (consumes && lane == 0) shared.scopes[warp] = policy.scope(16 * warp, 16);
  if (consumes && thread % 128 == 0) shared.groups[thread / 128] = policy.scope(thread / 2, 64);
  __syncthreads();

  if (!consumes) {
    give_registers<Products::each, Products::bringing>();
    if (warp > Products::threads / static_cast<int>(gpu::warp)) return;
    for (int n = 0, again = 0;;) {
#pragma unroll 1
      for (int at = policy.begin(); at < policy.end(); ++n, at += keys) {
        const Turn<stages> turn(n);
        const int s = turn.stage;
        shared.keys_empty[s].wait(turn.parity ^ 1);
        if (!policy.bare()) { // terms have been read by all lanes of a warp when it is done with the values
          shared.values_empty[s].wait(turn.parity ^ 1);
          policy.bring_terms(shared.terms[s], at, lane, gpu::warp,
                             [](float* to, const float* from, bool inside) { *to = inside ? *from : 0; });
          __syncwarp();
        }
        if (lane != 0) continue;
        shared.keys_full[s].arrive_and_expect(keys * width * sizeof(T));
        tiles.keys(shared.keys[s], at, shared.keys_full[s]);
        shared.values_empty[s].wait(turn.parity ^ 1);
        shared.values_full[s].arrive_and_expect(keys * width * sizeof(T));
        tiles.values(shared.values[s], at, shared.values_full[s]);
      }
      if (again++ != 0) return;
      shared.judged.wait(0);
      if (shared.again == 0) return;
    }
  }

  take_registers<Products::each, Products::multiplying>();
  const int group = warp / 4;
  const auto* const rows = shared.rows + 16 * warp;
  const bool plain = policy.bare() && __all_sync(gpu::whole_warp, rows[lane % 16].factor > 0) != 0;
  const T* const query = shared.queries + group * 64 * width;
  T* const weight = shared.weights + group * 64 * keys;
  if (policy.begin() < policy.end()) {
    policy.bring_queries(shared.queries, Products::query_place);
    commit_copies();
    wait_copies<0>();
    fence_shared_for_wgmma();
    shared.queries_full.arrive();
    shared.queries_full.wait(0);
  }
#pragma unroll 1
  for (int done = 0;; done = (policy.end() - policy.begin() + keys - 1) / keys) { // tiles of the ring, which goes on
    Online<Layout> online;
    float sums[width / 2];
    for (float& one : sums) one = 0;
#pragma unroll 1
    for (int at = policy.begin(); at < policy.end(); at += keys) {
      const int n = (at - policy.begin()) / keys;
      const Turn<stages> turn(done + n);
      const int s = turn.stage;
      const auto values = [&] {
        shared.values_full[s].wait(turn.parity);
        if (done == 0) return;
        clear_broken<width, width>(shared.values[s], thread, Products::threads);
        fence_shared_for_wgmma();
        shared.cleared.arrive();
        shared.cleared.wait(static_cast<unsigned>(n % 2));
      };
      const Scope& some = shared.groups[group];
      const bool seen = at < some.some_past && at + keys > some.some_first;
      shared.keys_full[s].wait(turn.parity);
      if (seen) {
        float scores[keys / 2], factor[Layout::rows];
        wgmma_fence();
#pragma unroll
        for (unsigned k = 0; k < width; k += 16)
          wgmma<Half, false>(scores, wgmma_k_major(query + k / 64 * (64 * 64), k % 64),
                             wgmma_k_major(shared.keys[s] + k / 64 * (64 * keys), k % 64), k > 0);
        wgmma_commit();
        wgmma_wait<0>(scores);
        if (!plain) policy.score(rows, scores, shared.terms[s], at);
        if (lane == 0) shared.keys_empty[s].arrive();
        const Scope& scope = shared.scopes[warp];
        if (at < scope.all_first || at + keys > scope.all_past) hide<Layout>(rows, scores, lane, at);
#pragma unroll
        for (int r = 0; r < Layout::rows; ++r) factor[r] = plain ? rows[Layout::row(lane, r)].factor : 1;
        online.add(scores, factor, sums);
#pragma unroll
        for (int r = 0; r < Layout::rows; ++r)
#pragma unroll
          for (int c = 0; c < keys / 4; c += 2) {
            const int row = 16 * (warp % 4) + Layout::row(lane, r), column = Layout::column(lane) + Layout::step(c);
            *reinterpret_cast<unsigned*>(weight + Products::template place<64>(row, column)) =
                packed<T>(scores[Layout::index(r, c)] * Products::unit, scores[Layout::index(r, c + 1)] * Products::unit);
          }
        fence_shared_for_wgmma();
        __syncwarp();
        values();
        wgmma_fence();
#pragma unroll
        for (unsigned k = 0; k < keys; k += 16)
          wgmma<Half, true>(sums, wgmma_k_major(weight + k / 64 * (64 * 64), k % 64), wgmma_mn_major(shared.values[s], k, keys), true);
        wgmma_commit();
        wgmma_wait<0>(sums);
      } else { // in step with the other groups all the same
        if (lane == 0) shared.keys_empty[s].arrive();
        values();
      }
      if (lane == 0) shared.values_empty[s].arrive();
    }
    online.gather();
    if (done != 0) {
      policy.put(rows, warp, plain, online, sums, shared.broken[warp]);
      policy.repair(warp, shared.broken[warp]);
      return;
    }
    const unsigned broken = broken_rows<Layout>(online, sums, lane);
    policy.put(rows, warp, plain, online, sums, ~broken);
    if (lane == 0) shared.broken[warp] = broken;
    if (lane == 0 && broken != 0) atomicOr(&shared.again, 1u);
    shared.judged.arrive();
    shared.judged.wait(0);
    if (shared.again == 0) return;
  }
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
