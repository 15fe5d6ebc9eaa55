// Neighbouring numbers in one load or store: rows whose length is a multiple of `count` begin at a multiple of its size. In an unnamed
// namespace: the same source is compiled once for every backend that executes it.
#pragma once

#include "kernels/device/numbers.hpp"

namespace assay {
namespace {

template <int count, class T> struct alignas(count * sizeof(T)) Neighbours {
  T of[count];
  static __device__ const Neighbours& at(const T* from) { return *reinterpret_cast<const Neighbours*>(from); }
  static __device__ Neighbours& at(T* to) { return *reinterpret_cast<Neighbours*>(to); }
  __device__ float operator[](int k) const { return gpu::widened(of[k]); }
};

constexpr int most_together = 4;
__host__ __device__ constexpr int together_for(int dim) { return dim % most_together == 0 ? most_together : 1; }

} // namespace
} // namespace assay
