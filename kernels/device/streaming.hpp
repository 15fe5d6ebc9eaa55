// One engine for rows that are too long to keep: tile by tile of keys, scores s_ij = x_i . y_j changed and masked by a policy, weights
// 2^(s_ij - m_i) with the largest score so far as origin, their sum, and sums of values times weights that shrink when the origin moves.
// Milakov and Gimelshein, arXiv 1805.02867; Dao, 2307.08691. Attention is one instance; so is every posterior mean, scaling step in the
// log domain, or sum over kernels of squared distances, whose row and column terms are a policy's.
//
// A block has 16 rows for each warp. Keys and values come by cp.async into two stages, one barrier a tile. A warp leaves out tiles that
// none of its rows see, and masks only those that some of them see in part. Products: streaming_fma.hpp, streaming_mma.hpp.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/device/numbers.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

// How 16 rows of scores, and of sums, lie in the registers of a warp: a lane has `rows` rows, `lanes` neighbours share one. Element
// index(r, c) is row row(lane, r), key column(lane) + step(c), or value column value(lane, c). put() stores the value columns of one row,
// as many as are below `width`, by all lanes of the warp; where rows begin at multiples of 16 bytes, 16 bytes at a time.
struct Quads { // accumulators of mma and wgmma
  static constexpr int rows = 2, lanes = 4;
  static constexpr __device__ int index(int r, int c) { return c / 2 * 4 + 2 * r + c % 2; }
  static constexpr __device__ int row(int lane, int r) { return lane / 4 + 8 * r; }
  static constexpr __device__ int column(int lane) { return lane % 4 * 2; }
  static constexpr __device__ int step(int c) { return c / 2 * 8 + c % 2; }
  static constexpr __device__ int value(int lane, int c) { return column(lane) + step(c); }

  // Lanes of a row have two columns of each eight: four lanes trade four eights.
  template <class T, int n> static __device__ void put(T* to, const float (&values)[n], int lane, int width) {
#pragma unroll
    for (int c = 0; c < n; c += 8) {
      unsigned words[4];
#pragma unroll
      for (int k = 0; k < 4; ++k) words[k] = packed<T>(values[c + 2 * k], values[c + 2 * k + 1]);
      trade(words[0], words[1], lane, 1);
      trade(words[2], words[3], lane, 1);
      trade(words[0], words[2], lane, 2);
      trade(words[1], words[3], lane, 2);
      const int at = 4 * c + lane % 4 * 8;
      if (width % 8 == 0 && at < width) *reinterpret_cast<uint4*>(to + at) = make_uint4(words[0], words[1], words[2], words[3]);
    }
    if (width % 8 != 0)
#pragma unroll
      for (int c = 0; c < n; ++c)
        if (value(lane, c) < width) to[value(lane, c)] = narrowed<T>(values[c]);
  }

private:
  static __device__ void trade(unsigned& even, unsigned& odd, int lane, int apart) {
    const bool upper = (lane & apart) != 0;
    const unsigned got = __shfl_xor_sync(whole_warp, upper ? even : odd, apart);
    (upper ? even : odd) = got;
  }
};
struct Octets { // register tiles of four rows
  static constexpr int rows = 4, lanes = 8;
  static constexpr __device__ int index(int r, int c) { return 4 * c + r; }
  static constexpr __device__ int row(int lane, int r) { return lane / 8 + 4 * r; }
  static constexpr __device__ int column(int lane) { return lane % 8; }
  static constexpr __device__ int step(int c) { return 8 * c; }
  static constexpr __device__ int value(int lane, int c) { return lane % 8 * 4 + c / 4 * 32 + c % 4; }

  template <class T, int n> static __device__ void put(T* to, const float (&values)[n], int lane, int width) {
#pragma unroll
    for (int c = 0; c < n; c += 4) {
      const int at = value(lane, c);
      if (width % 4 == 0 && at < width) {
        *reinterpret_cast<float4*>(to + at) = make_float4(values[c], values[c + 1], values[c + 2], values[c + 3]);
      } else {
#pragma unroll
        for (int k = 0; k < 4; ++k)
          if (at + k < width) to[at + k] = values[c + k];
      }
    }
  }
};

// Largest score and sum of weights of a lane's rows. Exponents are factor x score; factors are positive and the same at every call.
template <class Layout> struct Online {
  static constexpr int rows = Layout::rows;
  float most[rows], sum[rows]; // sum: of this lane's columns

  __device__ Online() {
    for (float& one : most) one = -INFINITY;
    for (float& one : sum) one = 0;
  }

  // Turns scores into weights, and makes `sums` ready to take them. -INFINITY: a key that the row does not see.
  template <int n, int m> __device__ void add(float (&scores)[n], const float (&factor)[rows], float (&sums)[m]) {
    float origin[rows], shrink[rows];
    bool moved = false;
#pragma unroll
    for (int r = 0; r < rows; ++r) {
      float now = most[r];
#pragma unroll
      for (int c = 0; c < n / rows; ++c) now = fmaxf(now, scores[Layout::index(r, c)]);
#pragma unroll
      for (int lanes = 1; lanes < Layout::lanes; lanes *= 2) now = fmaxf(now, __shfl_xor_sync(whole_warp, now, lanes));
      origin[r] = now == -INFINITY ? 0 : now * factor[r]; // 0: a row that has seen nothing yet
      shrink[r] = exp2_approximate(most[r] * factor[r] - origin[r]);
      moved = moved || now > most[r];
      most[r] = now;
    }
    if (__any_sync(whole_warp, moved)) {
#pragma unroll
      for (int r = 0; r < rows; ++r) {
        sum[r] *= shrink[r];
#pragma unroll
        for (int c = 0; c < m / rows; ++c) sums[Layout::index(r, c)] *= shrink[r];
      }
    }
#pragma unroll
    for (int r = 0; r < rows; ++r)
#pragma unroll
      for (int c = 0; c < n / rows; ++c) {
        float& score = scores[Layout::index(r, c)];
        score = exp2_approximate(fmaf(score, factor[r], -origin[r]));
        sum[r] += score;
      }
  }

  // Adds up over the lanes of a row; the last step.
  __device__ void gather() {
#pragma unroll
    for (int r = 0; r < rows; ++r)
#pragma unroll
      for (int lanes = 1; lanes < Layout::lanes; lanes *= 2) sum[r] += __shfl_xor_sync(whole_warp, sum[r], lanes);
  }
  // Then: log2 of the sum of 2^(factor score) over the row, -INFINITY for nothing.
  __device__ float log2_sum(int r, float factor) const { return (most[r] == -INFINITY ? 0 : most[r] * factor) + log2f(sum[r]); }
};

// Keys first ... past - 1 that some, or all, of a few rows see.
struct Scope {
  int some_first, some_past, all_first, all_past;
};

// Of a block: two stages, what the policy keeps beside each, what is known of each row and warp, queries if products keep them.
template <class Policy, class Products> struct StreamShared {
  using T = typename Products::Element;
  static constexpr int tile = Products::keys * Products::pitch, queries = Products::rows * Products::pitch;
  static_assert(Products::keeps_queries || queries <= 2 * tile, "queries wait in the second stage");
  struct alignas(16) Stage {
    T keys[tile], values[tile];
  } stages[2];
  alignas(16) typename Policy::Terms terms[2];
  alignas(16) T own_queries[Products::keeps_queries ? queries : 8];
  alignas(16) typename Products::Scratch scratch;
  alignas(16) typename Policy::Block block;
  alignas(16) typename Policy::Row rows[Products::rows];
  alignas(16) Scope scopes[Products::rows / 16];
  unsigned broken[Products::rows / 16]; // rows of a warp that are done twice, a bit each
};

// Hides from the rows of a lane, of which the first is rows[row(lane, 0)], what they do not see of the tile that begins with key `tile`.
template <class Layout, class Row, int n> __device__ void hide(const Row* rows, float (&scores)[n], int lane, int tile) {
#pragma unroll
  for (int r = 0; r < Layout::rows; ++r) {
    const Row& row = rows[Layout::row(lane, r)];
    const int from = tile + Layout::column(lane) - row.first;
    const unsigned count = row.count;
#pragma unroll
    for (int c = 0; c < n / Layout::rows; ++c)
      if (static_cast<unsigned>(from + Layout::step(c)) >= count) scores[Layout::index(r, c)] = -INFINITY;
  }
}

// Rows of a warp, a bit each, that have come out as NaN.
template <class Layout, int n> __device__ unsigned broken_rows(const Online<Layout>& online, const float (&sums)[n], int lane) {
  unsigned broken = 0;
#pragma unroll
  for (int r = 0; r < Layout::rows; ++r) {
    bool fine = !isnan(online.sum[r]);
#pragma unroll
    for (int c = 0; c < n / Layout::rows; ++c) fine = fine && !isnan(sums[Layout::index(r, c)]);
    if (!fine) broken |= 1u << Layout::row(lane, r);
  }
  return __reduce_or_sync(whole_warp, broken);
}

// Zeros for what is not finite in a tile, of rows of `width` elements, `pitch` apart; by threads 0 ... threads - 1.
template <int width, int pitch, class T, int n> __device__ void clear_broken(T (&values)[n], int thread, int threads) {
#pragma unroll 1
  for (int i = thread; i < n; i += threads)
    if (i % pitch < width && !isfinite(widened(values[i]))) values[i] = T{};
}

// The rows of one block. Policy:
//   Block                                     what it keeps in shared memory of itself, and has made before
//   Row {first, count, factor, ...}, row(r)   keys first ... first + count - 1 that a row sees; exponents are factor x dot product + term
//   begin(), end()                            keys that any row of the block sees
//   scope(r, count)                           of rows r ... r + count - 1
//   bare()                                    no terms: where factors are positive, too, dot products can do as scores
//   Terms                                     what it keeps in shared memory beside a tile
//   bring_queries(to, place), bring(keys, values, terms, tile)   by all threads; committed here
//   score(rows of the warp, scores, terms, tile)          makes exponents of dot products
//   put(rows of the warp, warp, plain, online, sums, which)   stores rows, a bit each. plain: the scores of `online` are still dot
//                                             products; `sums` are those of Products::unit times the weights
//   repair(warp, which)                       of these rows, those that see values that are not finite
// A value that is not finite makes NaN of all rows of its tile, of those that do not see it, too: zero times NaN. It would cost something
// to look for such values; to look for NaN in what comes out costs nothing. So a block with NaN in its results does everything again with
// zeros for such values: to the last bit what the rows get that see none of them. The others are the policy's to repair.
template <class Products, class Policy> __device__ void stream(const Policy& policy, StreamShared<Policy, Products>& shared) {
  using Layout = typename Products::Layout;
  constexpr int keys = Products::keys;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / static_cast<int>(gpu::warp),
            lane = thread % static_cast<int>(gpu::warp);
  if (thread < Products::rows) shared.rows[thread] = policy.row(thread);
  if (lane == 0) shared.scopes[warp] = policy.scope(16 * warp, 16);
  __syncthreads();
  const auto* const rows = shared.rows + 16 * warp;
  const bool plain = policy.bare() && __all_sync(gpu::whole_warp, rows[lane % 16].factor > 0) != 0;

  const auto bring = [&](int at, int stage) {
    policy.bring(shared.stages[stage].keys, shared.stages[stage].values, shared.terms[stage], at);
    commit_copies();
  };
  auto* const queries = Products::keeps_queries ? shared.own_queries : shared.stages[1].keys;
#pragma unroll 1
  for (bool again = false;; again = true) {
    Products products;
    if (policy.begin() < policy.end()) {
      policy.bring_queries(queries, [](int r, int column) { return r * Products::pitch + column; });
      bring(policy.begin(), 0);
      wait_copies<0>();
      __syncthreads();
      products.take_queries(queries + 16 * warp * Products::pitch);
    }
    Online<Layout> online;
    float sums[Products::width / Layout::lanes * Layout::rows];
    for (float& one : sums) one = 0;
#pragma unroll 1
    for (int at = policy.begin(), now = 0; at < policy.end(); at += keys, now ^= 1) {
      wait_copies<0>();
      __syncthreads(); // the tile is there, and nobody reads the other stage any more
      if (at + keys < policy.end()) bring(at + keys, now ^ 1);
      auto& stage = shared.stages[now];
      if (again) {
        clear_broken<Products::width, Products::pitch>(stage.values, thread, Products::threads);
        __syncthreads();
      }
      const Scope& scope = shared.scopes[warp];
      if (at >= scope.some_past || at + keys <= scope.some_first) continue;
      float scores[keys / Layout::lanes * Layout::rows], factor[Layout::rows];
      products.scores(scores, stage.keys);
      if (!plain) policy.score(rows, scores, shared.terms[now], at);
      if (at < scope.all_first || at + keys > scope.all_past) hide<Layout>(rows, scores, lane, at);
#pragma unroll
      for (int r = 0; r < Layout::rows; ++r) factor[r] = plain ? rows[Layout::row(lane, r)].factor : 1;
      online.add(scores, factor, sums);
      products.accumulate(sums, scores, stage.values, shared.scratch);
    }
    online.gather();
    if (again) {
      policy.put(rows, warp, plain, online, sums, shared.broken[warp]);
      policy.repair(warp, shared.broken[warp]);
      return;
    }
    const unsigned broken = broken_rows<Layout>(online, sums, lane);
    policy.put(rows, warp, plain, online, sums, ~broken);
    if (lane == 0) shared.broken[warp] = broken;
    if (__syncthreads_or(broken != 0) == 0) return;
  }
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
