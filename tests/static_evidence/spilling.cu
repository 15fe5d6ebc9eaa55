// A kernel that cannot keep what it computes in the registers it is allowed: 1024 threads leave 64 to each.
#include "kernels/device/gpu.hpp"

__global__ void __launch_bounds__(1024) spilling(const float* x, float* y) {
  float kept[96];
#pragma unroll
  for (int i = 0; i < 96; ++i) kept[i] = x[threadIdx.x + 1024 * i];
  __syncthreads(); // all are alive here
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 96; ++i) sum = fmaf(kept[95 - i], kept[i], sum);
  y[threadIdx.x] = sum;
}
