// Products of streaming.hpp on tensor cores (compute capability 8.0): mma.m16n8k16 from ldmatrix. Weights are rounded to 16 bits before
// they meet the values; their sum is that of the unrounded ones. Queries stay in registers, or are read again for every tile where those
// are short.
#pragma once

#include "kernels/device/matrix.hpp"
#include "kernels/device/streaming.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

template <class T> __device__ void multiply(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  if constexpr (std::is_same_v<T, Bf16>)
    multiply_bf16(d, a, b);
  else
    multiply_fp16(d, a, b);
}

template <class T, int width_, int warps, int keys_ = 64, bool in_registers = true> struct MmaProducts {
  using Element = T;
  using Layout = Quads;
  struct Scratch {};
  static constexpr bool keeps_queries = !in_registers;
  static constexpr int width = width_, rows = 16 * warps, threads = 32 * warps, keys = keys_;
  static constexpr int blocks = 2;        // of a multiprocessor
  static constexpr int pitch = width + 8; // eight rows at a column are in different banks
  // Weights are multiplied by it before they are rounded: fp16 has few exponents, and they would go to numbers above the largest.
  static constexpr float unit = std::is_same_v<T, Fp16> ? 0x1p15f : 1;

  std::conditional_t<in_registers, unsigned[width / 16][4], const T*> query;

  // Where a lane's row of the four matrices begins: 16 rows, two halves of 16 columns.
  static __device__ int corner() {
    const int lane = static_cast<int>(threadIdx.x % warp);
    return lane % 16 * pitch + lane / 16 * 8;
  }

  __device__ void take_queries(const T* at) {
    if constexpr (in_registers)
#pragma unroll
      for (int i = 0; i < width / 16; ++i) load_matrices(at + corner() + 16 * i, query[i]);
    else
      query = at;
  }

  __device__ void scores(float (&to)[keys / 2], const T* key) const {
    for (float& one : to) one = 0;
#pragma unroll
    for (int i = 0; i < width / 16; ++i) {
      unsigned a[4];
      if constexpr (in_registers)
#pragma unroll
        for (int k = 0; k < 4; ++k) a[k] = query[i][k];
      else
        load_matrices(query + corner() + 16 * i, a);
#pragma unroll
      for (int j = 0; j < keys / 16; ++j) {
        unsigned b[4];
        load_matrices(key + corner() + 16 * j * pitch + 16 * i, b);
        multiply<T>(four(to, 2 * j), a, {b[0], b[2]});
        multiply<T>(four(to, 2 * j + 1), a, {b[1], b[3]});
      }
    }
  }

  __device__ void accumulate(float (&sums)[width / 2], const float (&weights)[keys / 2], const T* value, Scratch&) const {
#pragma unroll
    for (int j = 0; j < keys / 16; ++j) {
      unsigned a[4];
#pragma unroll
      for (int k = 0; k < 4; ++k) a[k] = packed<T>(weights[8 * j + 2 * k] * unit, weights[8 * j + 2 * k + 1] * unit);
#pragma unroll
      for (int i = 0; i < width / 16; ++i) {
        unsigned b[4];
        load_matrices<true>(value + corner() + 16 * j * pitch + 16 * i, b);
        multiply<T>(four(sums, 2 * i), a, {b[0], b[1]});
        multiply<T>(four(sums, 2 * i + 1), a, {b[2], b[3]});
      }
    }
  }

private:
  template <int n> static __device__ float (&four(float (&list)[n], int i))[4] { return reinterpret_cast<float(&)[4]>(list[4 * i]); }
};

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
