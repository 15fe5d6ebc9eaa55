// Entry header of every CUDA source, and the only CUDA header one includes. The rules that let the same source also be
// compiled by a host compiler against an executor of blocks and threads:
//   launches go through gpu::launch, no chevrons; __shared__ memory through gpu::shared, one struct per kernel;
//   warp operations have explicit masks and stand at one source line for all lanes; block barriers are not in divergent code;
//   no branches on __CUDA_ARCH__; fmaf where fusion is meant, with --fmad=false for everything else;
//   everything of a variant stands in an unnamed namespace.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/variant.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND { // one program may hold both meanings of these functions

inline constexpr unsigned warp = 32, whole_warp = 0xffffffffu;

inline void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw std::runtime_error(std::string("CUDA, ") + what + ": " + cudaGetErrorString(status));
}

struct Shape {
  dim3 grid, block;
  std::size_t shared = 0; // dynamic shared memory in bytes
  void* stream = nullptr;
};

// No launch for an empty grid, which CUDA calls an error. Throws std::runtime_error with CUDA's own words.
template <class... Parameters, class... Arguments>
void launch(const Shape& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (shape.grid.x == 0) return;
  constexpr std::size_t without_asking = 48 * 1024;
  if (shape.shared > without_asking)
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shape.shared)),
          "asking for shared memory");
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared;
  config.stream = static_cast<cudaStream_t>(shape.stream);
  check(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), "launching");
}

// Static shared memory of a block: the same object at every call in a kernel.
template <class T> __device__ T& shared() {
  __shared__ T memory;
  return memory;
}

// Copies to the device in the order of `stream` and waits, so that `from` may go away.
inline void upload(void* to, const void* from, std::size_t bytes, void* stream) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, static_cast<cudaStream_t>(stream)), "copying to the device");
  check(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), "copying to the device");
}

inline void clear(void* memory, std::size_t bytes, void* stream) {
  if (bytes == 0) return;
  check(cudaMemsetAsync(memory, 0, bytes, static_cast<cudaStream_t>(stream)), "clearing device memory");
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
