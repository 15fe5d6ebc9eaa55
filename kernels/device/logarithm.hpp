// A logarithm of one instruction.
#pragma once

#include <cmath>

#include "kernels/device/gpu.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

// log2 x: within 2^-22 for x between 1/2 and 2, within 2^-22 of itself elsewhere; subnormals are taken for zeros. PTX ISA, "lg2".
__device__ inline float log2_approximate(float x) {
#ifdef __CUDACC__
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  const float y = log2f(fabsf(x) < 0x1p-126f ? 0 : x);
  return x > 0.5f && x < 2 ? y + (assay::simt::perturbed(1, 0x1p-23f) - 1) : assay::simt::perturbed(y, 0x1p-23f); // and roundings of 2^-24
#endif
}

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
