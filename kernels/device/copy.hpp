// Copies from global to shared memory that do not pass through registers (compute capability 8.0 and later). PTX ISA, "Data Movement and
// Conversion Instructions: Asynchronous copy". What a thread has copied is seen by it after wait_copies, by others after a barrier besides.
#pragma once

#include "kernels/device/gpu.hpp"

#ifndef __CUDACC__
#include "kernels/simt/async.hpp"
#endif

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

#ifdef __CUDACC__

// `bytes` to shared memory, both addresses multiples of it; the first source_bytes are copied, the rest becomes zero.
template <int bytes> __device__ void copy_async(void* to, const void* from, int source_bytes = bytes) {
  static_assert(bytes == 4 || bytes == 8 || bytes == 16);
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(to));
  if constexpr (bytes == 16) // .cg: around L1, which takes only whole 16 bytes
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(from), "r"(source_bytes) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(at), "l"(from), "n"(bytes), "r"(source_bytes) : "memory");
}
// Everything copied since the last call becomes a group.
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits for all groups but the newest `pending`.
template <int pending> __device__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory"); }

#else

template <int bytes> void copy_async(void* to, const void* from, int source_bytes = bytes, assay::simt::Site site = assay::simt::here()) {
  static_assert(bytes == 4 || bytes == 8 || bytes == 16);
  assay::simt::async::copy(to, from, bytes, static_cast<std::size_t>(source_bytes), site);
}
inline void commit_copies() { assay::simt::async::commit(); }
template <int pending> void wait_copies(assay::simt::Site site = assay::simt::here()) { assay::simt::async::wait(pending, site); }

#endif

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
