// What AddressSanitizer has to be told about fibers and about memory that is not malloc's. The library itself is never
// instrumented, and most programs that link it are not: the functions are weak, and calls do nothing where they are absent.
#pragma once

#include <cstddef>

extern "C" {
[[gnu::weak]] void __asan_poison_memory_region(const volatile void* memory, std::size_t bytes);
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* memory, std::size_t bytes);
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t bytes);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, std::size_t* bytes);
}

namespace assay::simt::sanitizer {

inline bool present() { return __asan_poison_memory_region != nullptr; }
inline void poison(const void* memory, std::size_t bytes) {
  if (present()) __asan_poison_memory_region(memory, bytes);
}
inline void unpoison(const void* memory, std::size_t bytes) {
  if (present()) __asan_unpoison_memory_region(memory, bytes);
}
inline void start_switch(void** fake_stack, const void* bottom, std::size_t bytes) {
  if (__sanitizer_start_switch_fiber != nullptr) __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
inline void finish_switch(void* fake_stack, const void** bottom, std::size_t* bytes) {
  if (__sanitizer_finish_switch_fiber != nullptr) __sanitizer_finish_switch_fiber(fake_stack, bottom, bytes);
}

} // namespace assay::simt::sanitizer
