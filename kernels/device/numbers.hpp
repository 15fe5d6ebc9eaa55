// Numbers of 16 bits in and out of fp32, and the power of two that softmax is made of.
#pragma once

#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/device/gpu.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

__device__ inline float widened(float x) { return x; }
__device__ inline float widened(Bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
__device__ inline float widened(Fp16 x) { return __half2float(__ushort_as_half(x.bits)); }

// Nearest, ties to even.
template <class T> __device__ T narrowed(float x) {
  if constexpr (std::is_same_v<T, Bf16>)
    return {__bfloat16_as_ushort(__float2bfloat16_rn(x))};
  else if constexpr (std::is_same_v<T, Fp16>)
    return {__half_as_ushort(__float2half_rn(x))};
  else
    return x;
}

// Two of them, the first in the lower half: one instruction on a device.
template <class T> __device__ unsigned packed(float low, float high) {
  static_assert(std::is_same_v<T, Bf16> || std::is_same_v<T, Fp16>);
  unsigned bits;
  if constexpr (std::is_same_v<T, Bf16>) {
    const __nv_bfloat162 both = __floats2bfloat162_rn(low, high);
    std::memcpy(&bits, &both, sizeof bits);
  } else {
    const __half2 both = __floats2half2_rn(low, high);
    std::memcpy(&bits, &both, sizeof bits);
  }
  return bits;
}

// 2^x within 2^-22 of itself, 1 for zeros and subnormals; results below 2^-126 are zero. PTX ISA, "ex2".
__device__ inline float exp2_approximate(float x) {
#ifdef __CUDACC__
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  if (fabsf(x) < 0x1p-126f) return 1;
  const float y = exp2f(x);
  return y < 0x1p-126f ? 0 : assay::simt::perturbed(y, 0x1p-23f); // and two roundings of 2^-24
#endif
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
