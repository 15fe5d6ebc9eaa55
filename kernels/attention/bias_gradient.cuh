// Gradients of the parameters of a bias from its diagonal sums, in closed form: one block per head, sums in double.
#pragma once

#include "kernels/attention/sizes.cuh"
#include "kernels/carver.hpp"

namespace assay {
namespace {

struct BiasGradient {
  attention::Bias kind;
  int heads, distances, parameters, reach;
  double* cosines; // [distances] of a sandwich: sum_{i < d / 2} cos(t 10000^(-2 i / d))

  BiasGradient(const attention::Problem& p, Carver& scratch)
      : kind(p.bias),
        heads(p.heads),
        distances(attention::distances_of(p)),
        parameters(attention::parameters_of(p)),
        reach(p.reach),
        cosines(kind == attention::Bias::sandwich ? scratch.take<double>(distances) : nullptr) {}

  // Derivative of a head's bias at distance t by its parameter k.
  __device__ double slope(const float* of_head, int t, int k) const {
    const double x = t, first = of_head[0];
    switch (kind) {
      case attention::Bias::alibi: return -x;
      case attention::Bias::kerple_power: {
        const double power = pow(x, static_cast<double>(of_head[1]));
        return k == 0 ? -power : t == 0 ? 0 : -first * power * log(x);
      }
      case attention::Bias::kerple_log: {
        const double rate = of_head[1];
        return k == 0 ? -log1p(rate * x) : -first * x / (1 + rate * x);
      }
      case attention::Bias::sandwich: return cosines[t];
      default: return 0; // a table's are 0 and 1
    }
  }
};

constexpr int gradient_threads = 256;

__global__ void __launch_bounds__(gradient_threads) sum_cosines(double* cosines, int distances, int dim) {
  const int t = static_cast<int>(blockIdx.x * gradient_threads + threadIdx.x);
  if (t >= distances) return;
  double sum = 0;
  for (int i = 0; i < dim / 2; ++i) sum += cos(t * pow(10000.0, -2.0 * i / dim));
  cosines[t] = sum;
}

// They depend on sizes alone, so this comes before the clock.
inline void prepare_gradient(const BiasGradient& bias, int dim, void* stream) {
  if (bias.cosines == nullptr) return;
  const auto blocks = static_cast<unsigned>((bias.distances + gradient_threads - 1) / gradient_threads);
  gpu::launch({blocks, gradient_threads, 0, stream}, sum_cosines, bias.cosines, bias.distances, dim);
}

struct GradientSums {
  double of_thread[gradient_threads];
};

// By halving; every thread gets it.
__device__ inline double gradient_sum(double x) {
  double* const sum = gpu::shared<GradientSums>().of_thread;
  __syncthreads(); // the sum before this one has been read
  sum[threadIdx.x] = x;
  for (unsigned half = gradient_threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
  }
  __syncthreads();
  return sum[0];
}

__global__ void __launch_bounds__(gradient_threads)
    fold_bias(BiasGradient bias, const float* diagonal, const float* parameters, float* d_bias) {
  const std::int64_t head = blockIdx.x;
  const float* const sums = diagonal + head * bias.distances;
  const float* const of_head = parameters + head * bias.parameters;
  float* const to = d_bias + head * bias.parameters;
  const int first = static_cast<int>(threadIdx.x), last = bias.reach - 1;
  if (bias.kind == attention::Bias::table) { // entry k is that of distance k alone, the last one that of all beyond it too
    for (int k = first; k < last; k += gradient_threads) to[k] = k < bias.distances ? sums[k] : 0;
    double sum = 0;
    for (int t = last + first; t < bias.distances; t += gradient_threads) sum += static_cast<double>(sums[t]);
    sum = gradient_sum(sum);
    if (first == 0) to[last] = static_cast<float>(sum);
    return;
  }
  for (int k = 0; k < bias.parameters; ++k) {
    double sum = 0;
    for (int t = first; t < bias.distances; t += gradient_threads) sum += static_cast<double>(sums[t]) * bias.slope(of_head, t, k);
    sum = gradient_sum(sum);
    if (first == 0) to[k] = static_cast<float>(sum);
  }
}

inline void bias_gradient(const BiasGradient& bias, const float* diagonal, const float* parameters, float* d_bias, void* stream) {
  if (bias.kind == attention::Bias::none) return;
  gpu::launch({static_cast<unsigned>(bias.heads), gradient_threads, 0, stream}, fold_bias, bias, diagonal, parameters, d_bias);
}

} // namespace
} // namespace assay
