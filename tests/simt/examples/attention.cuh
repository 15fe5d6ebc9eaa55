// Windowed causal attention, forward, one head of 64 dimensions in bf16: position i attends to j in (i - window, i]. out = P V, P the
// softmax of q.k / 8 over the window. mma.m16n8k16 from ldmatrix; keys and values come by cp.async into two stages. Four warps have 16
// queries each. q, k, v: length x 64, row-major; out: the same in fp32. window >= 1. Method: Dao, FlashAttention-2 (2023), algorithm 1.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/device/matrix.hpp"

namespace assay {
namespace {

struct Attention {
  static constexpr int dim = 64, queries = 64, keys = 64, pitch = dim + 8, threads = 128; // pitch: rows begin in different banks
  __nv_bfloat16 query[queries * pitch];
  struct Stage {
    __nv_bfloat16 key[keys * pitch], value[keys * pitch];
  } stages[2];
};

// 64 rows of 64 elements; zeros past the end.
__device__ void bring(__nv_bfloat16* to, const __nv_bfloat16* from, int row, int length) {
  constexpr int piece = 8, pieces = Attention::dim / piece;
  for (int i = static_cast<int>(threadIdx.x); i < Attention::keys * pieces; i += Attention::threads) {
    const int r = i / pieces, at = i % pieces * piece;
    const bool inside = row + r < length;
    gpu::copy_async<16>(to + r * Attention::pitch + at, inside ? from + (row + r) * Attention::dim + at : from, inside ? 16 : 0);
  }
}

__device__ unsigned packed(float low, float high) {
  const __nv_bfloat16 a = __float2bfloat16_rn(low), b = __float2bfloat16_rn(high);
  return static_cast<unsigned>(__bfloat16_as_ushort(a)) | static_cast<unsigned>(__bfloat16_as_ushort(b)) << 16;
}

// Over the four lanes that hold a row.
__device__ float row_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(gpu::whole_warp, x, 1));
  return fmaxf(x, __shfl_xor_sync(gpu::whole_warp, x, 2));
}
__device__ float row_sum(float x) {
  x += __shfl_xor_sync(gpu::whole_warp, x, 1);
  return x + __shfl_xor_sync(gpu::whole_warp, x, 2);
}

__global__ void __launch_bounds__(Attention::threads)
    windowed_attention(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v, float* out, int length, int window) {
  using A = Attention;
  gpu::Dynamic dynamic;
  A& shared = *dynamic.take<A>(1);
  const int lane = static_cast<int>(threadIdx.x % gpu::warp), warp = static_cast<int>(threadIdx.x / gpu::warp);
  const int first = static_cast<int>(blockIdx.x) * A::queries, past = min(first + A::queries, length);
  const int first_tile = max(first - window + 1, 0) / A::keys, tiles = (past + A::keys - 1) / A::keys - first_tile;

  const auto stage = [&](int tile) {
    typename A::Stage& to = shared.stages[tile % 2];
    bring(to.key, k, (first_tile + tile) * A::keys, length);
    bring(to.value, v, (first_tile + tile) * A::keys, length);
  };
  bring(shared.query, q, first, length);
  stage(0);
  gpu::commit_copies();

  constexpr float scale = 0.125f * 1.44269504f; // log2(e) / sqrt(64)
  unsigned query[4][4];
  float sums[8][4] = {}, most[2] = {-INFINITY, -INFINITY}, total[2] = {};
  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) stage(tile + 1);
    gpu::commit_copies();
    gpu::wait_copies<1>();
    __syncthreads();
    const typename A::Stage& now = shared.stages[tile % 2];
    if (tile == 0)
#pragma unroll
      for (int i = 0; i < 4; ++i) gpu::load_matrices(shared.query + (16 * warp + lane % 16) * A::pitch + 16 * i + lane / 16 * 8, query[i]);

    float s[8][4] = {};
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int pair = 0; pair < 4; ++pair) { // 16 keys
        unsigned b[4];
        gpu::load_matrices(now.key + (16 * pair + lane % 8 + lane / 16 * 8) * A::pitch + 16 * i + lane / 8 % 2 * 8, b);
        gpu::multiply_bf16(s[2 * pair], query[i], {b[0], b[1]});
        gpu::multiply_bf16(s[2 * pair + 1], query[i], {b[2], b[3]});
      }

    const int row = first + 16 * warp + lane / 4, column = (first_tile + tile) * A::keys + 2 * (lane % 4);
    float now_most[2] = {most[0], most[1]};
#pragma unroll
    for (int i = 0; i < 8; ++i)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int query_at = row + e / 2 * 8, key_at = column + 8 * i + e % 2;
        const bool seen = key_at <= query_at && key_at > query_at - window && key_at < length;
        s[i][e] = seen ? s[i][e] * scale : -INFINITY;
        now_most[e / 2] = fmaxf(now_most[e / 2], s[i][e]);
      }
    float origin[2];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      now_most[h] = row_max(now_most[h]);
      origin[h] = now_most[h] == -INFINITY ? 0 : now_most[h]; // a row that has seen nothing yet
      const float shrink = exp2f(most[h] - origin[h]);
      total[h] *= shrink;
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        sums[i][2 * h] *= shrink;
        sums[i][2 * h + 1] *= shrink;
      }
      most[h] = now_most[h];
    }
#pragma unroll
    for (int i = 0; i < 8; ++i)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        s[i][e] = exp2f(s[i][e] - origin[e / 2]);
        total[e / 2] += s[i][e];
      }
#pragma unroll
    for (int i = 0; i < 4; ++i) { // 16 keys
      const unsigned p[4] = {packed(s[2 * i][0], s[2 * i][1]), packed(s[2 * i][2], s[2 * i][3]), packed(s[2 * i + 1][0], s[2 * i + 1][1]),
                             packed(s[2 * i + 1][2], s[2 * i + 1][3])};
#pragma unroll
      for (int pair = 0; pair < 4; ++pair) { // 16 dimensions
        unsigned b[4];
        gpu::load_matrices<true>(now.value + (16 * i + lane % 16) * A::pitch + 16 * pair + lane / 16 * 8, b);
        gpu::multiply_bf16(sums[2 * pair], p, {b[0], b[1]});
        gpu::multiply_bf16(sums[2 * pair + 1], p, {b[2], b[3]});
      }
    }
    __syncthreads(); // before the next copies into this stage
  }

#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int row = first + 16 * warp + lane / 4 + 8 * h;
    const float all = row_sum(total[h]);
    if (row >= length) continue;
#pragma unroll
    for (int i = 0; i < 8; ++i)
#pragma unroll
      for (int e = 0; e < 2; ++e) out[row * A::dim + 8 * i + 2 * (lane % 4) + e] = sums[i][2 * h + e] / all;
  }
}

void attend(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v, float* out, int length, int window, void* stream) {
  const auto blocks = static_cast<unsigned>((length + Attention::queries - 1) / Attention::queries);
  gpu::launch({blocks, Attention::threads, sizeof(Attention), stream}, windowed_attention, q, k, v, out, length, window);
}

} // namespace
} // namespace assay
