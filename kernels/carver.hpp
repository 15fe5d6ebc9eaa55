// Scratch memory of a variant, cut into arrays.
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay {

// Hands out arrays of one block of memory, each at a multiple of 256 bytes; on a null block it only counts.
class Carver {
public:
  explicit Carver(const void* memory) : base_(reinterpret_cast<std::uintptr_t>(memory)) {}
  template <class T> T* take(std::int64_t count) {
    const std::uintptr_t at = base_ + used_;
    used_ += (static_cast<std::size_t>(count) * sizeof(T) + 255) / 256 * 256;
    return reinterpret_cast<T*>(at);
  }
  std::size_t used() const { return used_; }

private:
  std::uintptr_t base_;
  std::size_t used_ = 0;
};

} // namespace assay
