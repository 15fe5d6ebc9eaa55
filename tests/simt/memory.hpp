// An array in the executor's device memory, for tests.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/simt/memory.hpp"

namespace assay {

template <class T> struct Memory {
  explicit Memory(std::vector<T> values) : count(values.size()), data(static_cast<T*>(simt::allocate(count * sizeof(T)))) {
    simt::upload(data, values.data(), count * sizeof(T));
  }
  ~Memory() { simt::release(data); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::vector<T> host() const {
    std::vector<T> values(count);
    simt::download(values.data(), data, count * sizeof(T));
    return values;
  }
  std::size_t count;
  T* data;
};

} // namespace assay
