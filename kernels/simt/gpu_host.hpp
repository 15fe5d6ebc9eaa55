// gpu.hpp for the executor.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernels/simt/executor.hpp"
#include "kernels/simt/intrinsics.hpp"
#include "kernels/simt/memory.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

#ifdef ASSAY_SIMT_CHECKED
inline constexpr bool checked = true;
#else
inline constexpr bool checked = false;
#endif

// As on a device. Throws assay::simt::Error with what the executor finds.
template <class... Parameters, class... Arguments>
void launch(const Shape& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (shape.grid.x == 0) return;
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<std::decay_t<Parameters>...> arguments; // every thread gets copies
  } call{kernel, {std::forward<Arguments>(arguments)...}};
  assay::simt::launch(
      static_cast<assay::simt::Stream*>(shape.stream),
      {{shape.grid.x, shape.grid.y, shape.grid.z}, {shape.block.x, shape.block.y, shape.block.z}, shape.shared},
      reinterpret_cast<const void*>(kernel), checked,
      [](void* memory) {
        const Call& one = *static_cast<const Call*>(memory);
        std::apply(one.kernel, one.arguments);
      },
      &call, sizeof call);
}

template <class T> T& shared(assay::simt::Site site = assay::simt::here()) {
  static_assert(std::is_trivially_default_constructible_v<T>, "shared memory holds no constructed objects");
  static constexpr char key = 0; // its address stands for T
  return *static_cast<T*>(assay::simt::shared_static(&key, sizeof(T), alignof(T), site));
}

class Dynamic {
public:
  template <class T>
  T* take(std::size_t count, std::size_t alignment = alignof(T) > 16 ? alignof(T) : 16, assay::simt::Site site = assay::simt::here()) {
    return static_cast<T*>(assay::simt::shared_dynamic(count * sizeof(T), alignment, site));
  }
};

inline void upload(void* to, const void* from, std::size_t bytes, void*) { assay::simt::upload(to, from, bytes); }
inline void clear(void* memory, std::size_t bytes, void*) { assay::simt::fill(memory, 0, bytes); }

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
