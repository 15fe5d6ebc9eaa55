// The backward pass in two kernels without atomics, after Dao, FlashAttention-2 (arXiv 2307.08691), section 3.1.2: dq by blocks of queries
// over tiles of keys; dk and dv by blocks of keys over tiles of the queries that see them, head after head of the group. Both hold one side
// of the scores, stream the other in two stages, and make P and dS of a tile anew in registers, from which they go into the products:
// dq += dS k and, with transposed scores, dk += dS^T q, dv += P^T do.
//
// Values that are not finite and meet a weight of zero make NaN of rows that must not see them. Rows with a NaN are marked; then a kernel
// sums them straight from memory and writes those that are not finite indeed (backward.cuh); then blocks with rows that are left are swept
// again, with zeros for what is not finite, so that these rows get the bits that they have without it.
#pragma once

#include "kernels/attention/backward_tiles.cuh"
#include "kernels/attention/bias_gradient.cuh"
#include "kernels/attention/diagonals.cuh"

namespace assay {
namespace {

template <class Products> constexpr int warps_of = Products::threads / static_cast<int>(gpu::warp);
template <class Products> using DiagonalsOf = Diagonals<warps_of<Products>, Products::keys>;

// Rows of 16 with NaN: a bit each, those of dv in the upper half.
__device__ inline bool any_marks(const unsigned* of_warps, int warps) {
  unsigned any = 0;
  for (int w = 0; w < warps; ++w) any |= of_warps[w];
  return any != 0;
}
__device__ inline bool has(unsigned marks, int row) { return (marks >> row & 1) != 0; }

// A block for each head and Products::rows queries, the last ones first, since they see the most keys. again: only rows that are marked.
// partial: as in diagonals.cuh, or null where they are not asked for.
template <class Products, class T> __global__ void __launch_bounds__(Products::threads, 2)
    sweep_keys(const __grid_constant__ Backward<T> f, int blocks_of_head, bool again, unsigned* marks, float* partial) {
  using Layout = typename Products::Layout;
  constexpr int held = Layout::rows, warps = warps_of<Products>, keys = Products::keys, n = keys / Layout::lanes * held;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<BackwardShared<Products>>(1);
  auto& for_diagonals = *dynamic.take<typename DiagonalsOf<Products>::Shared>(partial == nullptr ? 0 : 1);

  const Sizes& s = f.s;
  const int block = static_cast<int>(blockIdx.x) % blocks_of_head, of = static_cast<int>(blockIdx.x) / blocks_of_head;
  const int h = of % s.heads, b = of / s.heads, kv_head = h / s.group, length = length_of(s, f.length, b);
  const int begin = (blocks_of_head - 1 - block) * Products::rows, past = min(begin + Products::rows, s.queries);
  const std::int64_t place = std::int64_t{of} * blocks_of_head + begin / Products::rows;
  if (again && !any_marks(marks + place * warps, warps)) return;
  const auto range = [&](int i) { return visible(s, i, length); };
  HeldRows<Products, decltype(range)> mine(begin, past, range);
  const int first = range(begin).first, end = range(past - 1).past, tiles = max(end - first + keys - 1, 0) / keys;
  const int distance = begin + s.keys - s.queries - first - (keys - 1); // of the first row to the last key of tile 0

  Row row[held];
#pragma unroll
  for (int r = 0; r < held; ++r) row[r] = f.rows[f.row(b, h, min(mine.row(r), s.queries - 1))];
  mine.leave_out([&](int r) { return adds_nothing(row[r]); });
  const bool biased = f.bias.kind != Bias::none, summed = partial != nullptr;
  const int distances = summed ? f.bias.distances : 0;
  DiagonalsOf<Products> diagonals(for_diagonals, partial + place * distances, distances);
  float sums[Products::width / Layout::lanes * held];
  for (float& one : sums) one = 0;
  ExponentsOf<Products> exponents;
  Products q, d_o;
  q.take_queries(shared.own[0] + 16 * mine.warp * Products::pitch);
  d_o.take_queries(shared.own[1] + 16 * mine.warp * Products::pitch);

  const auto bring_tile = [&](int tile, auto& stage) {
    const int at = first + tile * keys;
    bring_rows<Products, keys>(stage.tile[0], f.k, s.dim, end - at, s.k, b, kv_head, at);
    bring_rows<Products, keys>(stage.tile[1], f.v, s.value_dim, end - at, s.v, b, kv_head, at);
    bring_bias<Products>(stage.bias, f, h, distance - tile * keys);
  };
  const auto use = [&](int tile, auto& stage) {
    const int at = first + tile * keys;
    const bool some = mine.sees_some(at);
    float ds[n];
    if (some) {
      float dp[n];
      q.scores(ds, stage.tile[0]);
      d_o.scores(dp, stage.tile[1]);
      const float* const bias = stage.bias + 16 * mine.warp + Layout::row(mine.lane, 0) - Layout::column(mine.lane) + keys - 1;
#pragma unroll
      for (int r = 0; r < held; ++r)
#pragma unroll
        for (int c = 0; c < n / held; ++c) {
          float& score = ds[Layout::index(r, c)];
          const float term = !biased ? 0 : bias[Layout::row(0, r) - Layout::step(c)];
          const float weight = gpu::exp2_approximate(fmaf(score, s.scale * row[r].scale, term) - row[r].high - row[r].low);
          score = weight * (dp[Layout::index(r, c)] - row[r].d);
        }
      if (!mine.sees_all(at)) mine.blank(ds, at);
    }
    if (again) keep_finite<Products>(stage);
    if (summed) {
      if (tile > 0) diagonals.fold(tile - 1, distance - (tile - 1) * keys);
      diagonals.template add<Layout>(ds, some, tile);
    }
    if (some) {
      exponents.scale(ds, sums);
      q.accumulate(sums, ds, stage.tile[0], shared.scratch);
    }
  };
  if (tiles > 0) {
    bring_rows<Products, Products::rows>(shared.own[0], f.q, s.dim, past - begin, s.q, b, h, begin);
    bring_rows<Products, Products::rows>(shared.own[1], f.d_o, s.value_dim, past - begin, s.o, b, h, begin);
    sweep<Products>(shared, tiles, bring_tile, use);
  }
  if (summed && tiles > 0) {
    __syncthreads();
    diagonals.fold(tiles - 1, distance - (tiles - 1) * keys);
    diagonals.flush();
  }
  unsigned& marks_of_warp = marks[place * warps + mine.warp];
  const unsigned wanted = again ? marks_of_warp : ~0u;
  unsigned wrong = 0;
#pragma unroll
  for (int r = 0; r < held; ++r) {
    const int i = mine.row(r);
    const bool here = i < mine.limit;
    const int width = here && has(wanted, Layout::row(mine.lane, r)) ? s.dim : 0;
    put<Layout>(f.d_q + s.q.at(b, h, i), sums, r, exponents.unscaled(r) * (f.scale * row[r].scale), width, mine.lane);
    wrong |= marked<Layout>(here && any_nan<Layout>(sums, r), r);
  }
  if (mine.lane == 0 && !again) marks_of_warp = wrong;
}

// A block for each key/value head and Products::rows keys.
template <class Products, class T> __global__ void __launch_bounds__(Products::threads, 2)
    sweep_queries(const __grid_constant__ Backward<T> f, int blocks_of_head, bool again, unsigned* marks) {
  using Layout = typename Products::Layout;
  constexpr int held = Layout::rows, warps = warps_of<Products>, columns = Products::keys, n = columns / Layout::lanes * held;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<BackwardShared<Products>>(1);

  const Sizes& s = f.s;
  const int block = static_cast<int>(blockIdx.x) % blocks_of_head, of = static_cast<int>(blockIdx.x) / blocks_of_head;
  const int kv_head = of % s.kv_heads, b = of / s.kv_heads;
  const int begin = block * Products::rows, past = min(begin + Products::rows, s.keys), there = min(past, length_of(s, f.length, b));
  unsigned* const of_warps = marks + static_cast<std::int64_t>(blockIdx.x) * warps;
  if (again && !any_marks(of_warps, warps)) return;
  const auto range = [&](int j) { return seen_by(s, j); };
  const HeldRows<Products, decltype(range)> mine(begin, there, range);
  const int first = range(begin).first, end = there > begin ? range(there - 1).past : first;
  const int tiles = max(end - first + columns - 1, 0) / columns;
  const int distance = first + s.keys - s.queries - begin - (Products::rows - 1); // of the first query of tile 0 to the last row

  float d_k[Products::width / Layout::lanes * held], d_v[Products::width / Layout::lanes * held];
  for (float& one : d_k) one = 0;
  for (float& one : d_v) one = 0;
  ExponentsOf<Products> of_ds, of_weights;
  Products k, v;
  k.take_queries(shared.own[0] + 16 * mine.warp * Products::pitch);
  v.take_queries(shared.own[1] + 16 * mine.warp * Products::pitch);

  const auto bring_tile = [&](int step, auto& stage) {
    const int h = kv_head * s.group + step / tiles, tile = step % tiles, at = first + tile * columns;
    bring_rows<Products, columns>(stage.tile[0], f.q, s.dim, end - at, s.q, b, h, at);
    bring_rows<Products, columns>(stage.tile[1], f.d_o, s.value_dim, end - at, s.o, b, h, at);
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += Products::threads) {
      const bool inside = at + i < end;
      gpu::copy_async<16>(stage.rows + i, f.rows + (inside ? f.row(b, h, at + i) : 0), inside ? 16 : 0);
    }
    bring_bias<Products>(stage.bias, f, h, distance + tile * columns);
  };
  const auto make = [&](int at, const typename BackwardShared<Products>::Stage& stage, float(&weights)[n], float(&ds)[n]) { // P and dS
    k.scores(weights, stage.tile[0]);
    v.scores(ds, stage.tile[1]);
    const float* const bias = stage.bias + Layout::column(mine.lane) - 16 * mine.warp - Layout::row(mine.lane, 0) + Products::rows - 1;
#pragma unroll
    for (int c = 0; c < n / held; ++c) {
      const Row row = stage.rows[Layout::column(mine.lane) + Layout::step(c)];
#pragma unroll
      for (int r = 0; r < held; ++r) {
        float &weight = weights[Layout::index(r, c)], &d = ds[Layout::index(r, c)];
        const float term = f.bias.kind == Bias::none ? 0 : bias[Layout::step(c) - Layout::row(0, r)];
        weight = gpu::exp2_approximate(fmaf(weight, s.scale * row.scale, term) - row.high - row.low);
        d = weight * (d - row.d) * row.scale;
      }
    }
    if (!mine.sees_all(at)) {
      mine.blank(weights, at);
      mine.blank(ds, at);
    }
  };
  const auto use = [&](int step, auto& stage) {
    const int at = first + step % tiles * columns;
    const bool some = mine.sees_some(at);
    float weights[n], ds[n];
    if (some) make(at, stage, weights, ds);
    if (again) keep_finite<Products>(stage);
    if (!some) return;
    of_weights.scale(weights, d_v);
    v.accumulate(d_v, weights, stage.tile[1], shared.scratch);
    of_ds.scale(ds, d_k);
    k.accumulate(d_k, ds, stage.tile[0], shared.scratch);
  };
  if (tiles > 0) {
    bring_rows<Products, Products::rows>(shared.own[0], f.k, s.dim, there - begin, s.k, b, kv_head, begin);
    bring_rows<Products, Products::rows>(shared.own[1], f.v, s.value_dim, there - begin, s.v, b, kv_head, begin);
    sweep<Products>(shared, tiles * s.group, bring_tile, use);
  }
  const unsigned wanted = again ? of_warps[mine.warp] : ~0u;
  unsigned wrong = 0;
#pragma unroll
  for (int r = 0; r < held; ++r) {
    const int j = mine.row(r), bit = Layout::row(mine.lane, r);
    const bool here = j < past; // beyond `there`: zeros
    const int of_key = here && has(wanted, bit) ? s.dim : 0, of_value = here && has(wanted, 16 + bit) ? s.value_dim : 0;
    put<Layout>(f.d_k + s.k.at(b, kv_head, j), d_k, r, of_ds.unscaled(r) * f.scale, of_key, mine.lane);
    put<Layout>(f.d_v + s.v.at(b, kv_head, j), d_v, r, of_weights.unscaled(r), of_value, mine.lane);
    wrong |= marked<Layout>(here && any_nan<Layout>(d_k, r), r) | marked<Layout>(here && any_nan<Layout>(d_v, r), r) << 16;
  }
  if (mine.lane == 0 && !again) of_warps[mine.warp] = wrong;
}

// A warp for each of the sweeps' that leave marks, first those of queries, then those of keys: takes marks away where it puts the row.
struct Marks {
  unsigned *queries, *keys;
  int query_tiles, key_tiles; // of 16 rows, in each head
};
template <class T> __global__ void __launch_bounds__(row_threads) put_broken(const __grid_constant__ Backward<T> f, Marks marks) {
  const Sizes& s = f.s;
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * rows_of_block + threadIdx.x / gpu::warp;
  const std::int64_t of_queries = std::int64_t{s.batch} * s.heads * marks.query_tiles,
                     of_keys = std::int64_t{s.batch} * s.kv_heads * marks.key_tiles;
  if (at >= of_queries + of_keys) return;
  const bool query = at < of_queries;
  const std::int64_t tile = query ? at : at - of_queries;
  const int tiles = query ? marks.query_tiles : marks.key_tiles, heads = query ? s.heads : s.kv_heads;
  const int first = static_cast<int>(tile % tiles) * 16, h = static_cast<int>(tile / tiles % heads),
            b = static_cast<int>(tile / tiles / heads);
  unsigned& of_tile = (query ? marks.queries : marks.keys)[tile];
  const unsigned all = of_tile;
  unsigned kept = all;
  for (unsigned left = all; left != 0; left &= left - 1) {
    const int bit = __ffs(static_cast<int>(left)) - 1, row = first + bit % 16;
    const bool put = query      ? put_broken_dq(f, b, h, row)
                     : bit < 16 ? put_broken_dk_dv<true>(f, b, h, row)
                                : put_broken_dk_dv<false>(f, b, h, row);
    if (put) kept &= ~(1u << bit);
  }
  __syncwarp(); // all lanes have read it
  if (threadIdx.x % gpu::warp == 0 && kept != all) of_tile = kept;
}

// rows: of a block, the same for all products of a variant.
template <int rows> struct SweepScratch {
  BiasGradient bias;
  std::byte* table;
  Row* of_queries;
  int query_blocks, key_blocks; // of a head
  Marks marks;
  float* partial;
  std::size_t bytes;

  SweepScratch(const attention::Problem& p, Carver carver)
      : bias(p, carver), query_blocks((p.queries + rows - 1) / rows), key_blocks((p.keys + rows - 1) / rows) {
    const std::int64_t heads = std::int64_t{p.batch} * p.heads, kv_heads = std::int64_t{p.batch} * p.kv_heads;
    table = carver.take<std::byte>(static_cast<std::int64_t>(bias_scratch(p)));
    of_queries = carver.take<Row>(rows_of(p));
    marks = {nullptr, nullptr, query_blocks * rows / 16, key_blocks * rows / 16};
    marks.queries = carver.take<unsigned>(heads * marks.query_tiles);
    marks.keys = carver.take<unsigned>(kv_heads * marks.key_tiles);
    partial = p.bias == Bias::none ? nullptr : carver.take<float>(heads * query_blocks * bias.distances);
    bytes = carver.used();
  }
};

template <class Products, class T> void run_sweeps(const attention::Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) {
  const SweepScratch<Products::rows> at(p, Carver(launch.scratch.data()));
  const Backward<T> f = backward(p, a, at.of_queries, at.table, launch.stream);
  const std::int64_t heads = std::int64_t{p.batch} * p.heads, kv_heads = std::int64_t{p.batch} * p.kv_heads;
  const std::size_t shared = sizeof(BackwardShared<Products>), more = sizeof(typename DiagonalsOf<Products>::Shared);
  const bool biased = at.partial != nullptr;
  const auto sweeps = [&](bool again, float* partial) {
    gpu::launch({blocks(heads * at.query_blocks, 1), Products::threads, shared + (partial == nullptr ? 0 : more), launch.stream},
                sweep_keys<Products, T>, f, at.query_blocks, again, at.marks.queries, partial);
    gpu::launch({blocks(kv_heads * at.key_blocks, 1), Products::threads, shared, launch.stream}, sweep_queries<Products, T>, f,
                at.key_blocks, again, at.marks.keys);
  };
  sweeps(false, at.partial);
  gpu::launch({blocks(heads * at.marks.query_tiles + kv_heads * at.marks.key_tiles, rows_of_block), row_threads, 0, launch.stream},
              put_broken<T>, f, at.marks);
  sweeps(true, nullptr);
  if (!biased) return;
  fold_partial(at.partial, p.batch, p.heads, at.query_blocks, at.bias.distances, a.diagonal, launch.stream);
  bias_gradient(at.bias, a.diagonal, a.bias, a.d_bias, launch.stream);
}

} // namespace
} // namespace assay
