// C = A B in fp32 from bf16 or fp16, for compute capability 9.0: one warp brings tiles by TMA into two stages, four warps multiply them by
// wgmma and hand the stages back. A is m x k, row-major; B is k x n, row-major, or n x k if `k_major`; C is m x n, row-major. k and n (k
// if `k_major`) are multiples of 8, as tensor maps ask for.
#pragma once

#include "kernels/device/hopper.hpp"

namespace assay {
namespace {

struct Product {
  static constexpr unsigned rows = 64, columns = 128, depth = 64, stages = 2, consumers = 128, threads = consumers + gpu::warp;
  static constexpr unsigned tile = 64 * gpu::tile_columns; // elements
  static constexpr unsigned stage = 3 * tile;              // one tile of A, two of B
};

template <class T, bool k_major> __global__ void __launch_bounds__(Product::threads)
    product(const __grid_constant__ gpu::TensorMap a, const __grid_constant__ gpu::TensorMap b, float* c, int m, int n, int k) {
  using P = Product;
  gpu::Dynamic dynamic;
  T* const tiles = dynamic.take<T>(P::stages * P::stage, 1024);
  gpu::Mbarrier* const full = dynamic.take<gpu::Mbarrier>(P::stages);
  gpu::Mbarrier* const empty = dynamic.take<gpu::Mbarrier>(P::stages);
  const int row = static_cast<int>(blockIdx.y * P::rows), column = static_cast<int>(blockIdx.x * P::columns);
  const int steps = (k + static_cast<int>(P::depth) - 1) / static_cast<int>(P::depth);
  if (threadIdx.x == 0)
    for (unsigned s = 0; s < P::stages; ++s) {
      full[s].init(1);
      empty[s].init(P::consumers / gpu::warp);
    }
  __syncthreads();

  if (threadIdx.x >= P::consumers) { // the producer
    if (threadIdx.x != P::consumers) return;
    for (int step = 0; step < steps; ++step) {
      const unsigned s = static_cast<unsigned>(step) % P::stages, round = static_cast<unsigned>(step) / P::stages;
      const int depth = step * static_cast<int>(P::depth);
      T* const to = tiles + s * P::stage;
      empty[s].wait(round % 2 ^ 1);
      full[s].arrive_and_expect(P::stage * sizeof(T));
      gpu::load_tile(to, a, row, depth, full[s]);
      for (int half = 0; half < 2; ++half) {
        const int at = column + 64 * half;
        gpu::load_tile(to + (1 + half) * P::tile, b, k_major ? at : depth, k_major ? depth : at, full[s]);
      }
    }
    return;
  }

  float d[P::columns / 2];
  for (float& one : d) one = 0; // for steps == 0
  for (int step = 0; step < steps; ++step) {
    const unsigned s = static_cast<unsigned>(step) % P::stages, round = static_cast<unsigned>(step) / P::stages;
    const T* const at = tiles + s * P::stage;
    full[s].wait(round % 2);
    gpu::wgmma_fence();
#pragma unroll
    for (unsigned inner = 0; inner < P::depth; inner += 16) {
      const std::uint64_t left = gpu::wgmma_k_major(at, inner);
      if constexpr (k_major)
        gpu::wgmma<T, false>(d, left, gpu::wgmma_k_major(at + P::tile, inner), step > 0 || inner > 0);
      else
        gpu::wgmma<T, true>(d, left, gpu::wgmma_mn_major(at + P::tile, inner, 64), step > 0 || inner > 0);
    }
    gpu::wgmma_commit();
    gpu::wgmma_wait<0>(d);
    if (threadIdx.x % gpu::warp == 0) empty[s].arrive();
  }

  const int lane = static_cast<int>(threadIdx.x % gpu::warp), warp = static_cast<int>(threadIdx.x / gpu::warp);
#pragma unroll
  for (int i = 0; i < static_cast<int>(P::columns / 2); ++i) {
    const int r = row + 16 * warp + lane / 4 + i / 2 % 2 * 8, q = column + i / 4 * 8 + lane % 4 * 2 + i % 2;
    if (r < m && q < n) c[static_cast<std::size_t>(r) * n + q] = d[i];
  }
}

template <class T, bool k_major> void multiply(const T* a, const T* b, float* c, int m, int n, int k, void* stream) {
  using P = Product;
  const auto size = [](int x) { return static_cast<std::size_t>(x); };
  const gpu::TensorMap left = gpu::tensor_map(a, size(m), size(k), size(k), P::rows);
  const gpu::TensorMap right =
      k_major ? gpu::tensor_map(b, size(n), size(k), size(k), 64) : gpu::tensor_map(b, size(k), size(n), size(n), 64);
  const dim3 grid((static_cast<unsigned>(n) + P::columns - 1) / P::columns, (static_cast<unsigned>(m) + P::rows - 1) / P::rows);
  gpu::launch({grid, P::threads, P::stages * P::stage * sizeof(T) + 2 * P::stages * sizeof(gpu::Mbarrier), stream}, product<T, k_major>,
              left, right, c, m, n, k);
}

} // namespace
} // namespace assay
