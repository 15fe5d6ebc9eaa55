// Entry header of every CUDA source. The same source is compiled twice: by nvcc for a device, and by the host compiler for the executor of
// kernels/simt, whose README.md lists what kernels may use. The rules:
//   launches go through gpu::launch, no chevrons; __shared__ memory through gpu::shared, one struct per kernel, or gpu::Dynamic;
//   warp operations have explicit masks and stand at one source line for all lanes; block barriers are not in divergent code;
//   no branches on __CUDA_ARCH__; fmaf where fusion is meant, with --fmad=false for everything else;
//   PTX only in kernels/device, beside its meaning on the CPU; everything of a variant stands in an unnamed namespace.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "kernels/variant.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND { // one program holds several meanings of these functions

inline constexpr unsigned warp = 32, whole_warp = 0xffffffffu;

struct Shape {
  dim3 grid, block;
  std::size_t shared = 0; // dynamic shared memory in bytes
  void* stream = nullptr; // Launch::stream
};

} // namespace ASSAY_BACKEND
} // namespace assay::gpu

#ifdef __CUDACC__
#include "kernels/device/gpu_cuda.hpp"
#else
#include "kernels/simt/gpu_host.hpp"
#endif
