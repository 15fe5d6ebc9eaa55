// An array in device memory, for tests: the executor's, or CUDA's where nvcc compiles them.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/device/gpu.hpp"

namespace assay {

template <class T> struct Memory {
  explicit Memory(std::vector<T> values) : count(values.size()), data(allocated(count * sizeof(T))) {
    upload(data, values.data(), count * sizeof(T));
  }
  ~Memory() { release(data); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::vector<T> host() const {
    std::vector<T> values(count);
    download(values.data(), data, count * sizeof(T));
    return values;
  }
  std::size_t count;
  T* data;

private:
#ifdef __CUDACC__
  static T* allocated(std::size_t bytes) {
    void* memory = nullptr;
    gpu::check(cudaMalloc(&memory, bytes), "allocating");
    return static_cast<T*>(memory);
  }
  static void release(T* memory) { cudaFree(memory); }
  static void upload(void* to, const void* from, std::size_t bytes) {
    gpu::check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "copying");
  }
  static void download(void* to, const void* from, std::size_t bytes) {
    gpu::check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "copying");
  }
#else
  static T* allocated(std::size_t bytes) { return static_cast<T*>(simt::allocate(bytes)); }
  static void release(T* memory) { simt::release(memory); }
  static void upload(void* to, const void* from, std::size_t bytes) { simt::upload(to, from, bytes); }
  static void download(void* to, const void* from, std::size_t bytes) { simt::download(to, from, bytes); }
#endif
};

} // namespace assay
