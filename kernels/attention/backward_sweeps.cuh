// The backward pass in two kernels without atomics, after Dao, FlashAttention-2 (arXiv 2307.08691), section 3.1.2: dq by blocks of queries
// over tiles of keys; dk and dv by blocks of keys over tiles of the queries that see them, head after head of the group. Both hold one side
// of the scores, stream the other in two stages, and make P and dS of a tile anew in registers, from which they go into the products:
// dq += dS k and, with transposed scores, dk += dS^T q, dv += P^T do.
//
// Values that are not finite and meet a weight of zero make NaN of rows that must not see them: rows that end as NaN are done again,
// straight from memory (backward.cuh). Other rows cannot have met such a value.
#pragma once

#include "kernels/attention/backward_tiles.cuh"
#include "kernels/attention/bias_gradient.cuh"
#include "kernels/attention/diagonals.cuh"

namespace assay {
namespace {

template <class Products> using DiagonalsOf = Diagonals<Products::threads / static_cast<int>(gpu::warp), Products::keys>;

// A block for each head and Products::rows queries, the last ones first, since they see the most keys. partial: as in diagonals.cuh, or
// null without bias.
template <class Products, class T> __global__ void __launch_bounds__(Products::threads)
    sweep_keys(const __grid_constant__ Backward<T> f, int blocks_of_head, float* partial) {
  using Layout = typename Products::Layout;
  constexpr int held = Layout::rows, keys = Products::keys, n = keys / Layout::lanes * held;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<BackwardShared<Products>>(1);
  auto& for_diagonals = *dynamic.take<typename DiagonalsOf<Products>::Shared>(partial == nullptr ? 0 : 1);

  const Sizes& s = f.s;
  const int block = static_cast<int>(blockIdx.x) % blocks_of_head, of = static_cast<int>(blockIdx.x) / blocks_of_head;
  const int h = of % s.heads, b = of / s.heads, kv_head = h / s.group, length = length_of(s, f.length, b);
  const int begin = (blocks_of_head - 1 - block) * Products::rows, past = min(begin + Products::rows, s.queries);
  const auto range = [&](int i) { return visible(s, i, length); };
  const HeldRows<Products> mine(begin, past, range);
  const int first = range(begin).first, end = range(past - 1).past, tiles = max(end - first + keys - 1, 0) / keys;
  const int distance = begin + s.keys - s.queries - first - (keys - 1); // of the first row to the last key of tile 0

  Row row[held];
#pragma unroll
  for (int r = 0; r < held; ++r) row[r] = f.rows[f.row(b, h, min(mine.row(r), s.queries - 1))];
  DiagonalsOf<Products> diagonals(
      for_diagonals,
      partial == nullptr ? nullptr : partial + (std::int64_t{of} * blocks_of_head + blocks_of_head - 1 - block) * f.bias.distances,
      partial == nullptr ? 0 : f.bias.distances);
  float sums[Products::width / Layout::lanes * held];
  for (float& one : sums) one = 0;
  ExponentsOf<Products> exponents;
  Products q, d_o;
  q.take_queries(shared.own[0] + 16 * mine.warp * Products::pitch);
  d_o.take_queries(shared.own[1] + 16 * mine.warp * Products::pitch);

  const auto bring_tile = [&](int tile, auto& stage) {
    const int at = first + tile * keys;
    if (tile == 0) {
      bring_rows<Products, Products::rows>(shared.own[0], f.q, s.dim, past - begin, s.q, b, h, begin);
      bring_rows<Products, Products::rows>(shared.own[1], f.d_o, s.value_dim, past - begin, s.o, b, h, begin);
    }
    bring_rows<Products, keys>(stage.tile[0], f.k, s.dim, end - at, s.k, b, kv_head, at);
    bring_rows<Products, keys>(stage.tile[1], f.v, s.value_dim, end - at, s.v, b, kv_head, at);
    bring_bias<Products>(stage.bias, f, h, distance - tile * keys);
  };
  const auto use = [&](int tile, const auto& stage) {
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
          const float term = f.bias.kind == Bias::none ? 0 : bias[Layout::row(0, r) - Layout::step(c)];
          const float weight = gpu::exp2_approximate(fmaf(score, s.scale * row[r].scale, term) - row[r].high - row[r].low);
          score = weight * (dp[Layout::index(r, c)] - row[r].d);
        }
      if (!mine.sees_all(at)) mine.blank(ds, at);
    }
    if (partial != nullptr) {
      if (tile > 0) diagonals.fold(tile - 1, distance - (tile - 1) * keys);
      diagonals.template add<Layout>(ds, some, tile);
    }
    if (some) {
      exponents.scale(ds, sums);
      q.accumulate(sums, ds, stage.tile[0], shared.scratch);
    }
  };
  if (tiles > 0) sweep<Products>(shared, tiles, bring_tile, use);
  if (partial != nullptr && tiles > 0) {
    __syncthreads();
    diagonals.fold(tiles - 1, distance - (tiles - 1) * keys);
    diagonals.flush();
  }
#pragma unroll
  for (int r = 0; r < held; ++r) {
    const int i = mine.row(r);
    if (i < mine.limit) put<Layout>(f.d_q + s.q.at(b, h, i), sums, r, exponents.unscaled(r) * (f.scale * row[r].scale), s.dim, mine.lane);
    again<Layout>(i < mine.limit && any_nan<Layout>(sums, r), mine.lane,
                  [&](int lane) { sum_dq_row(f, b, h, mine.from + Layout::row(lane, r)); });
  }
}

// A block for each key/value head and Products::rows keys.
template <class Products, class T> __global__ void __launch_bounds__(Products::threads)
    sweep_queries(const __grid_constant__ Backward<T> f, int blocks_of_head) {
  using Layout = typename Products::Layout;
  constexpr int held = Layout::rows, columns = Products::keys, n = columns / Layout::lanes * held;
  gpu::Dynamic dynamic;
  auto& shared = *dynamic.take<BackwardShared<Products>>(1);

  const Sizes& s = f.s;
  const int block = static_cast<int>(blockIdx.x) % blocks_of_head, of = static_cast<int>(blockIdx.x) / blocks_of_head;
  const int kv_head = of % s.kv_heads, b = of / s.kv_heads;
  const int begin = block * Products::rows, past = min(begin + Products::rows, s.keys), there = min(past, length_of(s, f.length, b));
  const auto range = [&](int j) { return seen_by(s, j); };
  const HeldRows<Products> mine(begin, there, range);
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
    if (step == 0) {
      bring_rows<Products, Products::rows>(shared.own[0], f.k, s.dim, there - begin, s.k, b, kv_head, begin);
      bring_rows<Products, Products::rows>(shared.own[1], f.v, s.value_dim, there - begin, s.v, b, kv_head, begin);
    }
    bring_rows<Products, columns>(stage.tile[0], f.q, s.dim, end - at, s.q, b, h, at);
    bring_rows<Products, columns>(stage.tile[1], f.d_o, s.value_dim, end - at, s.o, b, h, at);
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += Products::threads) {
      const bool inside = at + i < end;
      gpu::copy_async<16>(stage.rows + i, f.rows + (inside ? f.row(b, h, at + i) : 0), inside ? 16 : 0);
    }
    bring_bias<Products>(stage.bias, f, h, distance + tile * columns);
  };
  const auto use = [&](int step, const auto& stage) {
    const int at = first + step % tiles * columns;
    if (!mine.sees_some(at)) return;
    float weights[n], ds[n];
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
    of_weights.scale(weights, d_v);
    v.accumulate(d_v, weights, stage.tile[1], shared.scratch);
    of_ds.scale(ds, d_k);
    k.accumulate(d_k, ds, stage.tile[0], shared.scratch);
  };
  if (tiles > 0) sweep<Products>(shared, tiles * s.group, bring_tile, use);
#pragma unroll
  for (int r = 0; r < held; ++r) {
    const int j = mine.row(r);
    if (j < past) { // beyond `there`: zeros
      put<Layout>(f.d_k + s.k.at(b, kv_head, j), d_k, r, of_ds.unscaled(r) * f.scale, s.dim, mine.lane);
      put<Layout>(f.d_v + s.v.at(b, kv_head, j), d_v, r, of_weights.unscaled(r), s.value_dim, mine.lane);
    }
    again<Layout>(j < mine.limit && (any_nan<Layout>(d_k, r) || any_nan<Layout>(d_v, r)), mine.lane,
                  [&](int lane) { sum_dk_dv_row(f, b, kv_head, mine.from + Layout::row(lane, r)); });
  }
}

// rows: of a block, the same for all products of a variant.
template <int rows> struct SweepScratch {
  BiasGradient bias;
  std::byte* table;
  Row* rows_at;
  float* partial;
  int blocks_of_head; // of queries
  std::size_t bytes;

  SweepScratch(const attention::Problem& p, Carver carver) : bias(p, carver), blocks_of_head((p.queries + rows - 1) / rows) {
    table = carver.take<std::byte>(static_cast<std::int64_t>(bias_scratch(p)));
    rows_at = carver.take<Row>(rows_of(p));
    partial = p.bias == Bias::none ? nullptr : carver.take<float>(std::int64_t{p.batch} * p.heads * blocks_of_head * bias.distances);
    bytes = carver.used();
  }
};

template <class Products, class T> void run_sweeps(const attention::Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) {
  const SweepScratch<Products::rows> at(p, Carver(launch.scratch.data()));
  const Backward<T> f = backward(p, a, at.rows_at, at.table, launch.stream);
  const int of_keys = (p.keys + Products::rows - 1) / Products::rows;
  const std::size_t shared = sizeof(BackwardShared<Products>);
  const auto shape = [&](int blocks, int heads, std::size_t bytes) {
    return gpu::Shape{static_cast<unsigned>(std::int64_t{blocks} * heads * p.batch), Products::threads, bytes, launch.stream};
  };
  gpu::launch(shape(at.blocks_of_head, p.heads, shared + (at.partial == nullptr ? 0 : sizeof(typename DiagonalsOf<Products>::Shared))),
              sweep_keys<Products, T>, f, at.blocks_of_head, at.partial);
  gpu::launch(shape(of_keys, p.kv_heads, shared), sweep_queries<Products, T>, f, of_keys);
  if (at.partial == nullptr) return;
  fold_partial(at.partial, p.batch, p.heads, at.blocks_of_head, at.bias.distances, a.diagonal, launch.stream);
  bias_gradient(at.bias, a.diagonal, a.bias, a.d_bias, launch.stream);
}

} // namespace
} // namespace assay
