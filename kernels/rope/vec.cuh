// Tokens by the eight: one block takes a few tokens and a tile of the columns of their queries and keys. It computes the turns of a token
// once, into shared memory, for all heads of both; then every thread goes down its own two vectors of 16 bytes from token to token, with
// their biases, or their sums, in registers.
//
// A unit is V pairs, or V passing elements. interleaved: the 2 V elements are two vectors side by side; half_split: two vectors at distance
// r / 2. V = 16 bytes of T; 1 where r / 2 or d is no multiple of that, and then every access is of one number.
#pragma once

#include <algorithm>

#include "kernels/device/numbers.hpp"
#include "kernels/rope/turn.cuh"

namespace assay {
namespace {

constexpr int threads = 256;

template <class T> inline constexpr int vector_width = 16 / static_cast<int>(sizeof(T));

template <class T> struct Rows {
  const T* x;
  const float* bias; // null: none
  T* y;
  rope::Strides strides;
};

// Inputs are read once; what is written is about to be read, by attention.
template <class T, int V> __device__ void load(const T* from, float* to) {
  if constexpr (V == 1)
    to[0] = gpu::widened(*from);
  else if constexpr (sizeof(T) == 4) {
    const float4 x = __ldcs(reinterpret_cast<const float4*>(from));
    to[0] = x.x, to[1] = x.y, to[2] = x.z, to[3] = x.w;
  } else {
    const uint4 x = __ldcs(reinterpret_cast<const uint4*>(from));
    const unsigned words[4] = {x.x, x.y, x.z, x.w};
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
    *reinterpret_cast<float4*>(to) = make_float4(x[0], x[1], x[2], x[3]);
  else
    *reinterpret_cast<uint4*>(to) =
        make_uint4(gpu::packed<T>(x[0], x[1]), gpu::packed<T>(x[2], x[3]), gpu::packed<T>(x[4], x[5]), gpu::packed<T>(x[6], x[7]));
}

// Turns of `count` tokens from `first` on, stretched: of queries, and behind them, with xpos, of keys.
template <bool back> __device__ void fill_turns(const rope::Sizes& s, const Pairs& pairs, const std::int64_t* position, int first,
                                                int count, float2* queries, float2* keys) {
  const int half = s.rotary / 2;
  for (int k = static_cast<int>(threadIdx.x); k < count * half; k += threads) {
    const int i = k % half;
    const std::int64_t m = position_of(s, position, first + k / half);
    Turned<float> by = turn<float>(angle(s, m, pairs.theta[i]));
    if (back) by.sine = -by.sine;
    if (!s.xpos) {
      queries[k] = make_float2(by.cosine, by.sine);
      continue;
    }
    const double power = exponent_of(s, m) * pairs.log_zeta[i];
    const float e = stretch(power), inverse = stretch(-power);
    queries[k] = make_float2(e * by.cosine, e * by.sine);
    keys[k] = make_float2(inverse * by.cosine, inverse * by.sine);
  }
}

// `stages` times `rows` tokens by a block. back: the gradients' way, with sums over the block's tokens to partials[block][column].
template <class T, int V, bool half_split, bool back> __global__ void __launch_bounds__(threads)
    turn_rows(rope::Sizes s, Pairs pairs, Rows<T> q, Rows<T> k, const std::int64_t* position, int rows, int stages, float* partials) {
  const int half = s.rotary / 2, turning = half / V, units = turning + (s.dim - s.rotary) / V, total = s.batch * s.tokens;
  gpu::Dynamic dynamic;
  auto* const queries = dynamic.take<float2>(static_cast<std::size_t>(rows * half * (s.xpos ? 2 : 1)));
  float2* const keys = s.xpos ? queries + rows * half : queries;

  const int column = static_cast<int>(blockIdx.y * threads + threadIdx.x), any_head = column / units, unit = column % units;
  const bool mine = any_head < s.heads + s.kv_heads, is_key = any_head >= s.heads, turns = unit < turning;
  const Rows<T> side = is_key ? k : q;
  const int h = is_key ? any_head - s.heads : any_head;
  const int one = turns ? (half_split ? unit : 2 * unit) * V : s.rotary + (unit - turning) * V; // elements of the two vectors
  const int two = half_split ? one + half : one + V;
  const int pair = unit * V;

  float x[2 * V] = {}, extra[2 * V] = {}; // extra: biases, or sums; what passes has no second vector and leaves zeros there
  if (!back && mine && side.bias != nullptr) {
#pragma unroll
    for (int j = 0; j < V; ++j) {
      extra[j] = side.bias[h * s.dim + one + j];
      if (turns) extra[V + j] = side.bias[h * s.dim + two + j];
    }
  }
  for (int stage = 0; stage < stages; ++stage) {
    const int first = (static_cast<int>(blockIdx.x) * stages + stage) * rows, count = min(rows, total - first);
    if (count <= 0) break;
    __syncthreads(); // the turns before have been used
    fill_turns<back>(s, pairs, position, first, count, queries, keys);
    __syncthreads();
    for (int t = 0; mine && t < count; ++t) {
      const int row = first + t;
      const std::int64_t at = row / s.tokens * side.strides.batch + row % s.tokens * side.strides.token + h * side.strides.head;
      load<T, V>(side.x + at + one, x);
      if (turns) load<T, V>(side.x + at + two, x + V);
      if (!back && side.bias != nullptr) {
#pragma unroll
        for (int j = 0; j < 2 * V; ++j) x[j] += extra[j];
      }
      if (turns) {
        const float2* const by = (is_key ? keys : queries) + t * half + pair;
#pragma unroll
        for (int j = 0; j < V; ++j) {
          constexpr int step = half_split ? 1 : 2, apart = half_split ? V : 1;
          const float a = x[step * j], b = x[step * j + apart];
          x[step * j] = a * by[j].x - b * by[j].y;
          x[step * j + apart] = b * by[j].x + a * by[j].y;
        }
        store<T, V>(side.y + at + two, x + V);
      }
      store<T, V>(side.y + at + one, x);
      if (back) {
#pragma unroll
        for (int j = 0; j < 2 * V; ++j) extra[j] += x[j];
      }
    }
  }
  if (!back || !mine || partials == nullptr) return;
  float* const to = partials + (static_cast<std::int64_t>(blockIdx.x) * (s.heads + s.kv_heads) + any_head) * s.dim;
#pragma unroll
  for (int j = 0; j < V; ++j) {
    to[one + j] = extra[j];
    if (turns) to[two + j] = extra[V + j];
  }
}

// Tokens that share the turns of a stage: as many as keep a thread busy, once there are enough for the machine.
inline int rows_of_stage(std::int64_t tokens) { return tokens >= 2048 ? 8 : tokens >= 256 ? 2 : 1; }

template <class T, int V, bool back> void launch_with(const rope::Sizes& s, const Rows<T>& q, const Rows<T>& k,
                                                      const std::int64_t* position, int rows, int stages, float* partials,
                                                      const Launch& launch) {
  const std::int64_t tokens = std::int64_t{s.batch} * s.tokens, heads = s.heads + s.kv_heads;
  const std::int64_t columns = heads * ((s.rotary / 2 + s.dim - s.rotary) / V), of_block = std::int64_t{rows} * stages;
  const dim3 grid(static_cast<unsigned>((tokens + of_block - 1) / of_block), static_cast<unsigned>((columns + threads - 1) / threads));
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
