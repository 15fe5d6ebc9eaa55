// gpu.hpp for a device.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

inline void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw std::runtime_error(std::string("CUDA, ") + what + ": " + cudaGetErrorString(status));
}

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

// Dynamic shared memory, cut into arrays in the order of the calls; all threads of a block make the same ones.
class Dynamic {
public:
  template <class T> __device__ T* take(std::size_t count, std::size_t alignment = alignof(T) > 16 ? alignof(T) : 16) {
    extern __shared__ __align__(1024) unsigned char memory[];
    used_ = (used_ + alignment - 1) / alignment * alignment;
    T* const at = reinterpret_cast<T*>(memory + used_);
    used_ += count * sizeof(T);
    return at;
  }

private:
  std::size_t used_ = 0;
};

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
