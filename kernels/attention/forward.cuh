// Attention as an instance of kernels/device/streaming.hpp. Rows of a block are pairs (position, head) of `pack` heads that share keys and
// values, position by position, so that each tile is read once for them, and a block spans few positions. Blocks with the most keys come
// first. Rows that see values that are not finite are left to attend_row.
#pragma once

#include "kernels/attention/row.cuh"
#include "kernels/attention/tiles.cuh"
#include "kernels/device/streaming.hpp"

namespace assay {
namespace {

inline constexpr int most_packed = 8;

// Heads of a group that share a block: the largest divisor of the group up to most_packed.
inline int packed_heads(const Sizes& s) {
  int pack = most_packed;
  while (s.group % pack != 0) --pack;
  return pack;
}

template <class T> struct Forward { // of a launch
  Sizes s;
  Arrays<T> a;
  BiasTerm bias;
  int pack, tiles; // tiles: blocks for the rows of `pack` heads
};

template <class T, int rows> Forward<T> forward(const attention::Problem& p, const Arrays<T>& a, const BiasTerm& bias) {
  const Sizes s = sizes(p);
  const int pack = packed_heads(s);
  return {s, a, bias, pack, static_cast<int>((static_cast<std::int64_t>(s.queries) * pack + rows - 1) / rows)};
}
template <class T> std::int64_t blocks(const Forward<T>& f) {
  return static_cast<std::int64_t>(f.tiles) * (f.s.heads / f.pack) * f.s.batch;
}

template <class T, class Products> struct AttentionRows { // of a block
  using Layout = typename Products::Layout;
  static constexpr int keys = Products::keys, held = Layout::rows;

  // Tables of the packed heads at the distances of a tile, `stride` apart: a row of them for each head.
  struct Terms {
    float bias[Products::rows + most_packed * (keys + 1)];
  };
  struct Row {
    int first;
    unsigned count;
    float factor, slope;
    int place; // of the first key of a tile in the tables, counted without `start`
  };

  // What threads look up instead of keeping it in registers.
  struct Block {
    int b, head, kv_head; // head: the first of the pack
    int first, past;      // rows of the pack
    int length, keys_first, keys_past;
    int start, stride; // of the tables: distance of the first entry to key 0, and entries of a head
  };

  const Forward<T>& f;
  const Block& block;

  static __device__ Block block_of(const Forward<T>& f) {
    const int packs = f.s.heads / f.pack, tile = static_cast<int>(blockIdx.x) % f.tiles, rest = static_cast<int>(blockIdx.x) / f.tiles;
    Block it;
    it.b = rest / packs;
    it.head = rest % packs * f.pack;
    it.kv_head = it.head / f.s.group;
    it.first = (f.tiles - 1 - tile) * Products::rows;
    it.past = min(it.first + Products::rows, f.s.queries * f.pack);
    it.length = length_of(f.s, f.a.extras.length, it.b);
    const int one = it.first / f.pack, last = (it.past - 1) / f.pack;
    it.keys_first = visible(f.s, one, it.length).first;
    it.keys_past = visible(f.s, last, it.length).past;
    it.start = one + f.s.keys - f.s.queries - (keys - 1);
    it.stride = last - one + keys;
    return it;
  }

  __device__ int query(int row) const { return row / f.pack; }
  __device__ Range seen(int row) const { return visible(f.s, query(row), block.length); }
  __device__ int begin() const { return block.keys_first; }
  __device__ int end() const { return block.keys_past; }
  __device__ bool bare() const { return f.bias.kind == Bias::none; }
  __device__ gpu::Scope scope(int r, int count) const {
    const int from = block.first + r, to = min(from + count, block.past) - 1;
    if (to < from) return {0, 0, 0, 0};
    const Range one = seen(from), last = seen(to);
    return {one.first, last.past, last.first, one.past};
  }
  __device__ Row row(int r) const {
    const bool there = block.first + r < block.past;
    const int row = there ? block.first + r : block.first, i = query(row), packed = row % f.pack; // one that is not there sees nothing
    const Range range = visible(f.s, i, block.length);
    return {range.first, there ? static_cast<unsigned>(max(range.past - range.first, 0)) : 0,
            factor_of(f.s, f.a.extras.row_scale, block.b, i), adds_slope(f.bias) ? slope_of(f.bias, block.head + packed) : 0,
            (adds_table(f.bias) ? packed * block.stride : 0) + i - query(block.first) + keys - 1};
  }

  // place(row of the block, column): as for bring_to.
  template <class Element, class Place> __device__ void bring_queries(Element* to, Place place) const {
    const auto row = [&](int r) {
      const int row = block.first + r;
      return row < block.past ? f.s.q.at(block.b, block.head + row % f.pack, query(row)) : std::int64_t{-1};
    };
    bring_to<Products::rows, Products::width, Products::threads>(to, f.a.q, f.s.dim, row, place);
  }
  // Keys that no row of the block sees are not read: zeros.
  template <class Element> __device__ void bring(Element* k, Element* v, Terms& terms, int tile) const {
    const auto row = [&](const Places& places) {
      return [=, until = block.keys_past](int r) { return tile + r < until ? static_cast<std::int64_t>(tile + r) * places.position : -1; };
    };
    bring_rows(k, f.a.k + f.s.k.at(block.b, block.kv_head, 0), f.s.dim, row(f.s.k));
    bring_rows(v, f.a.v + f.s.v.at(block.b, block.kv_head, 0), f.s.value_dim, row(f.s.v));
    bring_terms(terms, tile, static_cast<int>(threadIdx.x), Products::threads,
                [&](float* to, const float* from, bool inside) { gpu::copy_async<4>(to, inside ? from : f.bias.table, inside ? 4 : 0); });
  }
  template <class Element, class Row> __device__ void bring_rows(Element* to, const Element* base, int width, Row row) const {
    assay::bring<keys, Products::width, Products::pitch, Products::threads>(to, base, width, row);
  }
  // Entries thread, thread + threads, ... of each table; copy(to, from, whether there is such a distance).
  template <class Copy> __device__ void bring_terms(Terms& terms, int tile, int thread, int threads, Copy copy) const {
    if (!adds_table(f.bias)) return;
#pragma unroll 1
    for (int packed = 0; packed < f.pack; ++packed) {
      const float* const table = table_of(f.bias, block.head + packed);
#pragma unroll 1
      for (int i = thread; i < block.stride; i += threads) {
        const int distance = block.start - tile + i;
        const bool inside = distance >= 0 && distance < f.bias.distances;
        copy(terms.bias + packed * block.stride + i, table + (inside ? distance : 0), inside);
      }
    }
  }

  template <int n> __device__ void score(const Row* rows, float (&scores)[n], const Terms& terms, int tile) const {
    const int lane = static_cast<int>(threadIdx.x % gpu::warp), column = Layout::column(lane), nearest = block.start - tile;
#pragma unroll
    for (int r = 0; r < held; ++r) {
      const Row& mine = rows[Layout::row(lane, r)];
      const float factor = mine.factor;
      const auto each = [&](auto change) {
#pragma unroll
        for (int c = 0; c < n / held; ++c) {
          float& score = scores[Layout::index(r, c)];
          score = change(score, Layout::step(c));
        }
      };
      if (adds_slope(f.bias)) { // a distance is exact in fp32, and so is the difference of two
        const float distance = static_cast<float>(nearest + mine.place - column), slope = mine.slope;
        each([&](float dot, int step) { return fmaf(dot, factor, slope * (distance - static_cast<float>(step))); });
      } else if (adds_table(f.bias)) {
        const float* const row = terms.bias + (mine.place - column);
        each([&](float dot, int step) { return fmaf(dot, factor, row[-step]); });
      } else {
        each([&](float dot, int) { return dot * factor; });
      }
    }
  }

  template <class Online, int n>
  __device__ void put(const Row* rows, int warp, bool plain, const Online& online, const float (&sums)[n], unsigned which) const {
    const int lane = static_cast<int>(threadIdx.x % gpu::warp);
#pragma unroll
    for (int r = 0; r < held; ++r) {
      const int row = block.first + 16 * warp + Layout::row(lane, r), i = query(row), h = block.head + row % f.pack;
      const float inverse = online.sum[r] == 0 ? 0 : 1 / Products::unit / online.sum[r]; // a row that sees nothing is zero
      float values[n / held];
#pragma unroll
      for (int c = 0; c < n / held; ++c) values[c] = sums[Layout::index(r, c)] * inverse;
      const bool mine = row < block.past && (which >> Layout::row(lane, r) & 1) != 0;
      Layout::template put<T>(f.a.o + (mine ? f.s.o.at(block.b, h, i) : 0), values, lane, mine ? f.s.value_dim : 0);
      if (mine && lane % Layout::lanes == 0)
        f.a.lse[(static_cast<std::int64_t>(block.b) * f.s.heads + h) * f.s.queries + i] =
            online.log2_sum(r, plain ? rows[Layout::row(lane, r)].factor : 1) * ln_2;
    }
  }

  // One row after another, by the whole warp.
  __device__ void repair(int warp, unsigned which) const {
    __syncwarp(); // other lanes have stored what is stored again here
    for (; which != 0; which &= which - 1) {
      const int row = block.first + 16 * warp + __ffs(static_cast<int>(which)) - 1;
      if (row >= block.past) return;
      const int i = query(row), h = block.head + row % f.pack;
      if (sees_broken_value(f.s, f.a, block.b, h, i)) attend_row(f.s, f.a, f.bias, block.b, h, i);
    }
  }
};

template <class Products, class T> __global__ void __launch_bounds__(Products::threads, Products::blocks)
    attend_rows(const __grid_constant__ Forward<T> f) {
  using Rows = AttentionRows<T, Products>;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<gpu::StreamShared<Rows, Products>>(1);
  if (threadIdx.x == 0) shared.block = Rows::block_of(f);
  __syncthreads();
  gpu::stream<Products>(Rows{f, shared.block}, shared);
}

template <class Products, class T> void run_rows(const attention::Problem& p, const Arrays<T>& a, const BiasTerm& bias, void* stream) {
  const Forward<T> f = forward<T, Products::rows>(p, a, bias);
  gpu::launch(
      {static_cast<unsigned>(blocks(f)), Products::threads, sizeof(gpu::StreamShared<AttentionRows<T, Products>, Products>), stream},
      attend_rows<Products, T>, f);
}

} // namespace
} // namespace assay
