// What g++ calls under -fsanitize=thread. libtsan is not linked: these take its place. Host code of the same objects calls them too
// and is let through.
#include "kernels/simt/access_hooks.hpp"

#include <cstdint>

namespace {

inline void see(const void* at, std::size_t bytes, bool writes, bool aligned, const void* code) {
  if (assay::simt::access::active) assay::simt::access::hook(at, bytes, writes, aligned, code);
}

} // namespace

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

#define ASSAY_HOOKS(bytes)                                                                                                                 \
  void __tsan_read##bytes(void* at) { see(at, bytes, false, true, __builtin_return_address(0)); }                                          \
  void __tsan_write##bytes(void* at) { see(at, bytes, true, true, __builtin_return_address(0)); }                                          \
  void __tsan_unaligned_read##bytes(void* at) { see(at, bytes, false, false, __builtin_return_address(0)); }                               \
  void __tsan_unaligned_write##bytes(void* at) { see(at, bytes, true, false, __builtin_return_address(0)); }                               \
  void __tsan_volatile_read##bytes(void* at) { see(at, bytes, false, true, __builtin_return_address(0)); }                                 \
  void __tsan_volatile_write##bytes(void* at) { see(at, bytes, true, true, __builtin_return_address(0)); }
ASSAY_HOOKS(1)
ASSAY_HOOKS(2)
ASSAY_HOOKS(4)
ASSAY_HOOKS(8)
ASSAY_HOOKS(16)
#undef ASSAY_HOOKS
void __tsan_read_range(void* at, std::size_t bytes) { see(at, bytes, false, false, __builtin_return_address(0)); }
void __tsan_write_range(void* at, std::size_t bytes) { see(at, bytes, true, false, __builtin_return_address(0)); }

// Atomics of the C++ language are the host's: counters of shared pointers, guards of static objects. Kernels use CUDA's.
std::uint8_t __tsan_atomic8_load(const volatile std::uint8_t* at, int) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
std::uint32_t __tsan_atomic32_fetch_add(volatile std::uint32_t* at, std::uint32_t value, int) {
  return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
} // extern "C"
