// Device side of chunks: one block of 256 threads works on one chunk in rows of 16-byte vectors, and sums of squares come
// out the same whatever the alignment of the chunk and the number of blocks in flight.
//
// Rows: thread t takes elements e .. e + V - 1 with e = head + V (t + 256 r), r = 0, 1, ..., where `head` elements precede
// the first 16-byte boundary; these are row -1 of the last thread. Rows that stick out of the chunk are taken one by one.
// Sums: slot j of thread t gathers, in ascending order, the elements whose number is congruent to head + V t + j modulo
// 256 V. The classes do not depend on `head`, only which thread holds them does: so the slots are put back in the order of
// classes before they are folded by a fixed tree. Arrays have to start at multiples of 16 bytes.
//
// In an unnamed namespace: the same source is compiled once for every backend that executes it.
#pragma once

#include "kernels/device/gpu.hpp"
#include "kernels/optimizer/chunks.hpp"

namespace assay {
namespace {

using optimizer::Chunk;

constexpr int threads = 256;

// Elements of a row: 16 bytes of the narrowest array.
template <class... T> constexpr int row_width = 16 / static_cast<int>(std::min({sizeof(T)...}));

template <int V> __device__ int head_of(const Chunk& chunk) { return static_cast<int>((V - chunk.begin % V) % V); }

__device__ inline float widened(float x) { return x; }
__device__ inline float widened(Bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }

// The stored number nearest to x, ties to even, and its storing, which is then exact.
template <class T> __device__ float rounded(float x) {
  if constexpr (sizeof(T) == 2)
    return __bfloat162float(__float2bfloat16_rn(x));
  else
    return x;
}
__device__ inline void put(float* to, float x) { *to = x; }
__device__ inline void put(Bf16* to, float x) { to->bits = static_cast<std::uint16_t>(__float_as_uint(x) >> 16); }

// V numbers from and to a 16-byte boundary. Everything streams: nothing is read again before it is pushed out.
template <int V> __device__ void load_row(const float* from, float (&to)[V]) {
#pragma unroll
  for (int k = 0; k < V; k += 4) {
    const float4 x = __ldcs(reinterpret_cast<const float4*>(from + k));
    to[k] = x.x, to[k + 1] = x.y, to[k + 2] = x.z, to[k + 3] = x.w;
  }
}
__device__ inline void load_row(const Bf16* from, float (&to)[8]) {
  const uint4 x = __ldcs(reinterpret_cast<const uint4*>(from));
  const unsigned words[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    to[2 * k] = __uint_as_float(words[k] << 16);
    to[2 * k + 1] = __uint_as_float(words[k] & 0xffff0000u);
  }
}
template <int V> __device__ void store_row(float* to, const float (&x)[V]) {
#pragma unroll
  for (int k = 0; k < V; k += 4) __stcs(reinterpret_cast<float4*>(to + k), make_float4(x[k], x[k + 1], x[k + 2], x[k + 3]));
}
__device__ inline void store_row(Bf16* to, const float (&x)[8]) { // of rounded numbers
  unsigned words[4];
#pragma unroll
  for (int k = 0; k < 4; ++k) words[k] = (__float_as_uint(x[2 * k]) >> 16) | (__float_as_uint(x[2 * k + 1]) & 0xffff0000u);
  __stcs(reinterpret_cast<uint4*>(to), make_uint4(words[0], words[1], words[2], words[3]));
}

template <int N> struct Rows { static constexpr int count = N; };

// This thread's rows of a chunk in ascending order: whole(e, Rows<N>()) takes N whole rows, which begin at e, e + 256 V, ...,
// `together` of them as long as there are so many; single(e, slot) takes one element. together = 0: all one by one.
template <int V, int together, class Whole, class Single> __device__ void for_rows(const Chunk& chunk, Whole whole, Single single) {
  constexpr int stride = V * threads;
  const int length = static_cast<int>(chunk.length), head = head_of<V>(chunk), t = static_cast<int>(threadIdx.x);
  const auto part = [&](int e) {
#pragma unroll
    for (int k = 0; k < V; ++k)
      if (e + k >= 0 && e + k < length) single(e + k, k);
  };
  if (t == threads - 1 && head > 0) part(head - V);
  int e = head + V * t;
  if constexpr (together > 1)
    for (; e + (together - 1) * stride + V <= length; e += together * stride) whole(e, Rows<together>());
  if constexpr (together > 0)
    for (; e + V <= length; e += stride) whole(e, Rows<1>());
  for (; e < length; e += stride) part(e);
}

struct FoldMemory {
  float warps[threads / gpu::warp];
  bool last;
};

// Sum over the block by a fixed tree; every thread gets it.
__device__ inline float block_sum(float x) {
  FoldMemory& memory = gpu::shared<FoldMemory>();
#pragma unroll
  for (unsigned distance = gpu::warp / 2; distance > 0; distance /= 2) x += __shfl_xor_sync(gpu::whole_warp, x, distance);
  __syncthreads(); // a sum before this one has been read by all
  if (threadIdx.x % gpu::warp == 0) memory.warps[threadIdx.x / gpu::warp] = x;
  __syncthreads();
  const float* w = memory.warps;
  return ((w[0] + w[1]) + (w[2] + w[3])) + ((w[4] + w[5]) + (w[6] + w[7]));
}

template <int V> struct Slots { float of_class[threads * V]; };

// Sum of a chunk from the slots of its threads.
template <int V> __device__ float chunk_sum(const Chunk& chunk, const float (&slot)[V]) {
  Slots<V>& memory = gpu::shared<Slots<V>>();
  const int t = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int k = 0; k < V; ++k) memory.of_class[(head_of<V>(chunk) + V * t + k) % (threads * V)] = slot[k];
  __syncthreads();
  float sum[V];
#pragma unroll
  for (int k = 0; k < V; ++k) sum[k] = memory.of_class[V * t + k];
#pragma unroll
  for (int half = V / 2; half > 0; half /= 2)
#pragma unroll
    for (int k = 0; k < half; ++k) sum[k] += sum[k + half];
  return block_sum(sum[0]);
}

// Where the sums of chunks meet: one partial for each chunk, one ticket for each group at its first chunk. Tickets are zero
// between launches.
struct Meeting {
  float* partials;
  unsigned* tickets;
};

// The last block of a group to arrive folds the partials, in their own order and not in that of arrival.
__device__ inline void publish(const Chunk& chunk, float sum, const Meeting& meeting, float* sums) {
  FoldMemory& memory = gpu::shared<FoldMemory>();
  const int t = static_cast<int>(threadIdx.x);
  if (chunk.count == 1) {
    if (t == 0) sums[chunk.group] = sum;
    return;
  }
  if (t == 0) {
    meeting.partials[blockIdx.x] = sum;
    __threadfence();
    memory.last = atomicAdd(&meeting.tickets[chunk.first], 1u) == static_cast<unsigned>(chunk.count) - 1;
    __threadfence();
  }
  __syncthreads();
  if (!memory.last) return;
  float mine = 0;
  for (int k = t; k < chunk.count; k += threads) mine += __ldcg(&meeting.partials[chunk.first + k]);
  const float all = block_sum(mine);
  if (t != 0) return;
  sums[chunk.group] = all;
  meeting.tickets[chunk.first] = 0;
}

// Sums of squares of every group; one block per chunk of groups.
template <class P> __global__ void __launch_bounds__(threads) sum_chunks(const Chunk* table, const P* theta, Meeting meeting, float* sums) {
  constexpr int V = row_width<P>;
  const Chunk chunk = table[blockIdx.x];
  const P* const from = theta + chunk.begin;
  float slot[V] = {};
  for_rows<V, 16 / V>(
      chunk,
      [&](int e, auto together) {
        constexpr int rows = decltype(together)::count;
        float x[rows][V];
#pragma unroll
        for (int r = 0; r < rows; ++r) load_row(from + e + r * V * threads, x[r]);
#pragma unroll
        for (int r = 0; r < rows; ++r)
#pragma unroll
          for (int k = 0; k < V; ++k) slot[k] = fmaf(x[r][k], x[r][k], slot[k]);
      },
      [&](int e, int k) {
        const float x = widened(from[e]);
        slot[k] = fmaf(x, x, slot[k]);
      });
  publish(chunk, chunk_sum(chunk, slot), meeting, sums);
}

// Flags of tensors with a bad gradient; one block per chunk of tensors. found and tickets: one for each tensor, zero between
// launches.
template <class G> __global__ void __launch_bounds__(threads)
    flag_chunks(const Chunk* table, const G* g, bool nan_only, unsigned* found, unsigned* tickets, std::uint8_t* bad) {
  constexpr int V = row_width<G>;
  const Chunk chunk = table[blockIdx.x];
  const G* const from = g + chunk.begin;
  const unsigned finite = nan_only ? 0x7f800000u : 0x7f7fffffu; // the largest pattern without sign that is not bad
  unsigned largest = 0;
  const auto look = [&](float x) { largest = max(largest, __float_as_uint(x) & 0x7fffffffu); };
  for_rows<V, 16 / V>(
      chunk,
      [&](int e, auto together) {
        constexpr int rows = decltype(together)::count;
        float x[rows][V];
#pragma unroll
        for (int r = 0; r < rows; ++r) load_row(from + e + r * V * threads, x[r]);
#pragma unroll
        for (int r = 0; r < rows; ++r)
#pragma unroll
          for (int k = 0; k < V; ++k) look(x[r][k]);
      },
      [&](int e, int) { look(widened(from[e])); });
  const bool any = __syncthreads_or(largest > finite) != 0;
  if (threadIdx.x != 0) return;
  if (chunk.count == 1) {
    bad[chunk.tensor] = any ? 1 : 0;
    return;
  }
  if (any) atomicOr(&found[chunk.tensor], 1u);
  __threadfence();
  if (atomicAdd(&tickets[chunk.tensor], 1u) != static_cast<unsigned>(chunk.count) - 1) return;
  __threadfence();
  bad[chunk.tensor] = static_cast<std::uint8_t>(atomicExch(&found[chunk.tensor], 0u));
  tickets[chunk.tensor] = 0;
}

inline unsigned blocks(std::int64_t count) { return static_cast<unsigned>(count); }

} // namespace
} // namespace assay
