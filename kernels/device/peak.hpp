// Products without end, for the ceiling of the tensor cores: wgmma on compute capability 9.0, mma of one warp elsewhere. For nvcc alone:
// what an executor on the CPU can do at most is nobody's question.
#pragma once

#include "kernels/device/hopper.hpp"
#include "kernels/device/matrix.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

inline constexpr unsigned peak_block = 128, peak_depth = 64, peak_rows = 64, peak_columns = 256;
inline constexpr std::size_t peak_shared = (peak_rows + peak_columns) * peak_depth * sizeof(__half);
inline constexpr double peak_flops = 2.0 * peak_rows * peak_columns * 16; // of one step of a block, on every device

// Of fp16 numbers spread over (-1, 1): zeros take less power, and then the clock is higher. Returns a number that depends on all.
__device__ inline float peak_products(int steps) {
  Dynamic dynamic;
  auto* const left = dynamic.take<__half>(peak_rows * peak_depth, 1024);
  auto* const right = dynamic.take<__half>(peak_columns * peak_depth, 1024);
  for (unsigned i = threadIdx.x; i < (peak_rows + peak_columns) * peak_depth; i += peak_block)
    left[i] = __float2half_rn(static_cast<float>(static_cast<int>(i * 2654435761u)) * 0x1p-31f); // right follows left
  fence_shared_for_wgmma();
  __syncthreads();
  float sum = 0;
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  float d[peak_columns / 2] = {};
  for (int i = 0; i < steps; ++i) {
    const unsigned k = static_cast<unsigned>(i) * 16 % peak_depth;
    wgmma_fence();
    wgmma<__half, false>(d, wgmma_k_major(left, k), wgmma_k_major(right, k), true);
  }
  wgmma_commit();
  wgmma_wait<0>(d);
  for (const float x : d) sum += x;
#else
  constexpr unsigned chains = 8, each = peak_rows * peak_columns / (16 * 8) / (peak_block / warp) / chains; // products of a warp: 16 x 8
  unsigned a[4], b[2];
  load_matrices(left + threadIdx.x % warp * 8, a);
  load_matrices(right + threadIdx.x % warp * 8, b);
  float d[chains][4] = {};
  for (int i = 0; i < steps; ++i)
#pragma unroll
    for (unsigned k = 0; k < chains * each; ++k) multiply_fp16(d[k % chains], a, b);
  for (const auto& four : d)
    for (const float x : four) sum += x;
#endif
  return sum;
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
