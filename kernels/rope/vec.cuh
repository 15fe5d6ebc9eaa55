// Tokens by the eight: one block takes a few tokens and a tile of the columns of their queries and keys. It computes the turns of a token
// once, into shared memory, for all heads of both; then every thread goes down its own two vectors of 16 bytes from token to token, with
// their biases, or their sums, in registers. Loads run `ahead` tokens before: that many bytes on their way hide the memory's latency, and
// the first of them arrive while turns are computed.
//
// A unit is V pairs, or V passing elements. interleaved: the 2 V elements are two vectors side by side; half_split: two vectors at distance
// r / 2. V = 16 bytes of T; 1 where r / 2 or d is no multiple of that, and then every access is of one number.
#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/device/numbers.hpp"
#include "kernels/rope/turn.cuh"

namespace assay {
namespace {

constexpr int most_threads = 256, ahead = 4;

template <class T> inline constexpr int vector_width = 16 / static_cast<int>(sizeof(T));
template <class T, int V> using Vector = std::conditional_t<V == 1, T, std::conditional_t<sizeof(T) == 4, float4, uint4>>;

template <class T> struct Rows {
  const T* x;
  const float* bias; // null: none
  T* y;
  rope::Strides strides;
};

// Inputs are read once; what is written is about to be read, by attention, from the second cache. nvcc splits a plain store of a vector
// where it likes.
template <class T, int V> __device__ Vector<T, V> load(const T* from) {
  if constexpr (V == 1)
    return *from;
  else
    return __ldcs(reinterpret_cast<const Vector<T, V>*>(from));
}
template <class T, int V> __device__ void widen(const Vector<T, V>& from, float* to) {
  if constexpr (V == 1)
    to[0] = gpu::widened(from);
  else if constexpr (sizeof(T) == 4)
    to[0] = from.x, to[1] = from.y, to[2] = from.z, to[3] = from.w;
  else {
    const unsigned words[4] = {from.x, from.y, from.z, from.w};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      to[2 * k] = gpu::widened(T{static_cast<std::uint16_t>(words[k] & 0xffffu)});
      to[2 * k + 1] = gpu::widened(T{static_cast<std::uint16_t>(words[k] >> 16)});
    }
  }
}
template <class T, int V> __device__ void store(T* to, const float* x) {
  if constexpr (V == 1)
    *to = gpu::narrowed<T>(x[0]);
  else if constexpr (sizeof(T) == 4)
    __stcg(reinterpret_cast<float4*>(to), make_float4(x[0], x[1], x[2], x[3]));
  else
    __stcg(reinterpret_cast<uint4*>(to),
           make_uint4(gpu::packed<T>(x[0], x[1]), gpu::packed<T>(x[2], x[3]), gpu::packed<T>(x[4], x[5]), gpu::packed<T>(x[6], x[7])));
}

// Biases, which all blocks read, and sums: V numbers of fp32, in vectors of four.
template <int V> __device__ void load_floats(const float* from, float* to) {
  if constexpr (V == 1)
    to[0] = __ldg(from);
  else
#pragma unroll
    for (int j = 0; j < V; j += 4) widen<float, 4>(__ldg(reinterpret_cast<const float4*>(from + j)), to + j);
}
template <int V> __device__ void store_floats(float* to, const float* x) {
  if constexpr (V == 1)
    to[0] = x[0];
  else
#pragma unroll
    for (int j = 0; j < V; j += 4) store<float, 4>(to + j, x + j);
}

// Where a thread stands in an array: goes down the rows of one batch after the other.
template <class T> struct Place {
  T* at;
  int token;
  __device__ Place(const rope::Sizes& s, const rope::Strides& by, int row, T* column)
      : at(column + (row / s.tokens * by.batch + row % s.tokens * by.token)), token(row % s.tokens) {}
  __device__ void next(const rope::Sizes& s, const rope::Strides& by) {
    at += by.token;
    if (++token < s.tokens) return;
    token = 0;
    at += by.batch - s.tokens * by.token;
  }
};

// Turns of `count` tokens from `first` on, stretched: of queries, and behind them, with xpos, of keys. Of a token, those of the first pair
// of each unit, then those of the second, and so on: threads side by side read side by side.
template <int V, bool back> __device__ void fill_turns(const rope::Sizes& s, const Pairs& pairs, const std::int64_t* position, int first,
                                                       int count, float2* queries, float2* keys) {
  const int half = s.rotary / 2;
  for (int k = static_cast<int>(threadIdx.x); k < count * half; k += static_cast<int>(blockDim.x)) {
    const int t = k / half, i = k % half, to = t * half + i % V * (half / V) + i / V;
    const std::int64_t m = position_of(s, position, first + t);
    Turned<float> by = turn<float>(angle(s, m, pairs.theta[i]));
    if (back) by.sine = -by.sine;
    if (!s.xpos) {
      queries[to] = make_float2(by.cosine, by.sine);
      continue;
    }
    const double power = exponent_of(s, m) * pairs.log_zeta[i];
    const float e = stretch(power), inverse = stretch(-power);
    queries[to] = make_float2(e * by.cosine, e * by.sine);
    keys[to] = make_float2(inverse * by.cosine, inverse * by.sine);
  }
}

// `stages` times `rows` tokens by a block; rows is a multiple of `ahead`, or stages is 1. back: the gradients' way, with sums over the
// block's tokens to partials[block][column].
template <class T, int V, bool half_split, bool back> __global__ void __launch_bounds__(most_threads)
    turn_rows(rope::Sizes s, Pairs pairs, Rows<T> q, Rows<T> k, const std::int64_t* position, int rows, int stages, float* partials) {
  const int half = s.rotary / 2, turning = half / V, units = turning + (s.dim - s.rotary) / V;
  gpu::Dynamic dynamic;
  auto* const queries = dynamic.take<float2>(static_cast<std::size_t>(rows * half * (s.xpos ? 2 : 1)));
  float2* const keys = s.xpos ? queries + rows * half : queries;

  const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x), any_head = column / units, unit = column % units;
  const bool mine = any_head < s.heads + s.kv_heads, is_key = any_head >= s.heads, turns = unit < turning;
  const Rows<T> side = is_key ? k : q;
  const int h = is_key ? any_head - s.heads : any_head;
  // Element of the first vector, and how far from it the second is.
  const int one = turns ? (half_split ? unit : 2 * unit) * V : s.rotary + (unit - turning) * V, apart = half_split ? half : V;

  const int begin = static_cast<int>(blockIdx.x) * stages * rows, end = min(begin + stages * rows, s.batch * s.tokens);
  const std::int64_t head = h * side.strides.head + one;
  Place<const T> from(s, side.strides, begin, side.x + head);
  Place<T> to(s, side.strides, begin, side.y + head);
  Vector<T, V> ones[ahead] = {}, twos[ahead] = {}; // what passes has no second vector and leaves zeros there
  const auto fetch = [&](int slot) {
    ones[slot] = load<T, V>(from.at);
    if (turns) twos[slot] = load<T, V>(from.at + apart);
    from.next(s, side.strides);
  };
#pragma unroll
  for (int slot = 0; slot < ahead; ++slot)
    if (mine && begin + slot < end) fetch(slot);

  float extra[2 * V] = {}; // biases, or sums
  if (!back && mine && side.bias != nullptr) {
    load_floats<V>(side.bias + h * s.dim + one, extra);
    if (turns) load_floats<V>(side.bias + h * s.dim + one + apart, extra + V);
  }
  for (int first = begin; first < end; first += rows) {
    const int count = min(rows, end - first);
    __syncthreads(); // the turns before have been used
    fill_turns<V, back>(s, pairs, position, first, count, queries, keys);
    __syncthreads();
    for (int start = 0; mine && start < count; start += ahead) {
#pragma unroll
      for (int slot = 0; slot < ahead; ++slot) {
        const int t = start + slot;
        if (t >= count) break;
        float x[2 * V];
        widen<T, V>(ones[slot], x);
        widen<T, V>(twos[slot], x + V);
        if (!back && side.bias != nullptr) {
#pragma unroll
          for (int j = 0; j < 2 * V; ++j) x[j] += extra[j];
        }
        if (turns) {
          const float2* const by = (is_key ? keys : queries) + t * half + unit;
#pragma unroll
          for (int j = 0; j < V; ++j) {
            constexpr int step = half_split ? 1 : 2, other = half_split ? V : 1;
            const float2 turned = by[j * turning];
            const float a = x[step * j], b = x[step * j + other];
            x[step * j] = a * turned.x - b * turned.y;
            x[step * j + other] = b * turned.x + a * turned.y;
          }
          store<T, V>(to.at + apart, x + V);
        }
        store<T, V>(to.at, x);
        to.next(s, side.strides);
        if (first + t + ahead < end) fetch(slot);
        if (back) {
#pragma unroll
          for (int j = 0; j < 2 * V; ++j) extra[j] += x[j];
        }
      }
    }
  }
  if (!back || !mine || partials == nullptr) return;
  float* const sums = partials + (static_cast<std::int64_t>(blockIdx.x) * (s.heads + s.kv_heads) + any_head) * s.dim + one;
  store_floats<V>(sums, extra);
  if (turns) store_floats<V>(sums + apart, extra + V);
}

// Tokens that share the turns of a stage: as many as keep a thread busy, once there are enough for the machine.
inline int rows_of_stage(std::int64_t tokens) { return tokens >= 2048 ? 8 : tokens >= 256 ? 2 : 1; }

template <class T, int V, bool back> void launch_with(const rope::Sizes& s, const Rows<T>& q, const Rows<T>& k,
                                                      const std::int64_t* position, int rows, int stages, float* partials,
                                                      const Launch& launch) {
  const std::int64_t tokens = std::int64_t{s.batch} * s.tokens, heads = s.heads + s.kv_heads;
  const std::int64_t columns = heads * ((s.rotary / 2 + s.dim - s.rotary) / V), of_block = std::int64_t{rows} * stages;
  const std::int64_t tiles = (columns + most_threads - 1) / most_threads, of_tile = (columns + tiles - 1) / tiles;
  const auto threads =
      static_cast<unsigned>((of_tile + gpu::warp - 1) / gpu::warp * gpu::warp); // tiles of one width: each computes the turns anew
  const dim3 grid(static_cast<unsigned>((tokens + of_block - 1) / of_block), static_cast<unsigned>(tiles));
  const auto shared = static_cast<std::size_t>(rows * (s.rotary / 2) * (s.xpos ? 2 : 1)) * sizeof(float2);
  gpu::launch({grid, threads, shared, launch.stream}, s.half_split ? turn_rows<T, V, true, back> : turn_rows<T, V, false, back>, s,
              pairs_in(launch, s.rotary), q, k, position, rows, stages, partials);
}

template <bool back, class T> void launch_rows(const rope::Sizes& s, const Rows<T>& q, const Rows<T>& k, const std::int64_t* position,
                                               int rows, int stages, float* partials, const Launch& launch) {
  constexpr int V = vector_width<T>;
  if (s.rotary / 2 % V == 0 && s.dim % V == 0)
    launch_with<T, V, back>(s, q, k, position, rows, stages, partials, launch);
  else
    launch_with<T, 1, back>(s, q, k, position, rows, stages, partials, launch);
}

} // namespace
} // namespace assay
