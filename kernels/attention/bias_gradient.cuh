// Gradients of the parameters of a bias from the diagonal sums, in closed form: one block per head, sums in double.
#pragma once

#include "kernels/attention/bias_table.cuh"

namespace assay {
namespace {

struct BiasSums {
  double of_thread[bias_threads];
};

// By halving; thread 0 gets it.
__device__ inline double bias_block_sum(double x) {
  double* const sum = gpu::shared<BiasSums>().of_thread;
  __syncthreads(); // the sum before this one has been read
  sum[threadIdx.x] = x;
  for (unsigned half = bias_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
  }
  return sum[0];
}

__global__ void __launch_bounds__(bias_threads) fold_bias(BiasTable bias, const float* diagonal, const float* parameters, float* d_bias) {
  const std::int64_t head = blockIdx.x;
  const float* const sums = diagonal + head * bias.distances;
  float* const to = d_bias + head * bias.parameters;
  if (bias.kind == attention::Bias::table) { // entry k is that of distance k alone, the last one that of all beyond it too
    const int last = bias.reach - 1;
    for (int k = static_cast<int>(threadIdx.x); k < last; k += bias_threads) to[k] = k < bias.distances ? sums[k] : 0;
    double sum = 0;
    for (int t = last + static_cast<int>(threadIdx.x); t < bias.distances; t += bias_threads) sum += static_cast<double>(sums[t]);
    sum = bias_block_sum(sum);
    if (threadIdx.x == 0) to[last] = static_cast<float>(sum);
    return;
  }
  for (int k = 0; k < bias.parameters; ++k) {
    double sum = 0;
    for (int t = static_cast<int>(threadIdx.x); t < bias.distances; t += bias_threads)
      sum += static_cast<double>(sums[t]) * bias.slope(parameters + head * bias.parameters, t, k);
    sum = bias_block_sum(sum);
    if (threadIdx.x == 0) to[k] = static_cast<float>(sum);
  }
}

inline void bias_gradient(const BiasTable& bias, const float* diagonal, const float* parameters, float* d_bias, void* stream) {
  if (bias.kind != attention::Bias::none)
    gpu::launch({static_cast<unsigned>(bias.heads), bias_threads, 0, stream}, fold_bias, bias, diagonal, parameters, d_bias);
}

} // namespace
} // namespace assay
