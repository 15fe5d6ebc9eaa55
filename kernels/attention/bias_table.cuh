// The bias of every head at every distance that occurs, in base 2: table[h][t] = log2(e) b_h(t), computed in double and rounded once, so
// that a score costs one load whatever the kind of bias. heads * distances floats; without bias there is no table.
#pragma once

#include "kernels/attention/sizes.cuh"
#include "kernels/carver.hpp"

namespace assay {
namespace {

struct BiasTable {
  attention::Bias kind;
  int heads, distances, parameters, reach;
  double* cosines; // [distances] of a sandwich, sum_{i < d / 2} cos(t 10000^(-2 i / d))
  float* table;    // null without bias

  BiasTable(const attention::Problem& p, Carver& scratch)
      : kind(p.bias),
        heads(p.heads),
        distances(attention::distances_of(p)),
        parameters(attention::parameters_of(p)),
        reach(p.reach),
        cosines(kind == attention::Bias::sandwich ? scratch.take<double>(distances) : nullptr),
        table(kind == attention::Bias::none ? nullptr : scratch.take<float>(std::int64_t{heads} * distances)) {}

  __device__ double bias(const float* of_head, int t) const {
    switch (kind) {
      case attention::Bias::none: return 0;
      case attention::Bias::alibi: return -static_cast<double>(of_head[0]) * t;
      case attention::Bias::kerple_power: return -static_cast<double>(of_head[0]) * pow(static_cast<double>(t), of_head[1]);
      case attention::Bias::kerple_log: return -static_cast<double>(of_head[0]) * log1p(static_cast<double>(of_head[1]) * t);
      case attention::Bias::sandwich: return static_cast<double>(of_head[0]) * cosines[t];
      case attention::Bias::table: return of_head[min(t, reach - 1)];
    }
    return 0;
  }

  // Its derivative by parameter k of the head; not for tables, whose derivatives are 0 and 1.
  __device__ double slope(const float* of_head, int t, int k) const {
    const double x = t;
    switch (kind) {
      case attention::Bias::none: return 0;
      case attention::Bias::alibi: return -x;
      case attention::Bias::kerple_power: {
        const double power = pow(x, static_cast<double>(of_head[1]));
        return k == 0 ? -power : t == 0 ? 0 : -static_cast<double>(of_head[0]) * power * log(x);
      }
      case attention::Bias::kerple_log: {
        const double r1 = of_head[0], r2 = of_head[1];
        return k == 0 ? -log1p(r2 * x) : -r1 * x / (1 + r2 * x);
      }
      case attention::Bias::sandwich: return cosines[t];
      case attention::Bias::table: return 0;
    }
    return 0;
  }
};

constexpr int bias_threads = 256;

__global__ void __launch_bounds__(bias_threads) sum_cosines(double* cosines, int distances, int dim) {
  const int t = static_cast<int>(blockIdx.x * bias_threads + threadIdx.x);
  if (t >= distances) return;
  double sum = 0;
  for (int i = 0; i < dim / 2; ++i) sum += cos(t * pow(10000.0, -2.0 * i / dim));
  cosines[t] = sum;
}

__global__ void __launch_bounds__(bias_threads) tabulate_bias(BiasTable bias, const float* parameters) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * bias_threads + threadIdx.x;
  if (at >= std::int64_t{bias.heads} * bias.distances) return;
  const int head = static_cast<int>(at / bias.distances), t = static_cast<int>(at % bias.distances);
  bias.table[at] = static_cast<float>(log2_e * bias.bias(parameters + std::int64_t{head} * bias.parameters, t));
}

// What depends on sizes alone: before the clock.
inline void prepare_bias(const BiasTable& bias, int dim, void* stream) {
  if (bias.cosines != nullptr)
    gpu::launch({blocks(bias.distances, bias_threads), bias_threads, 0, stream}, sum_cosines, bias.cosines, bias.distances, dim);
}

inline void make_bias(const BiasTable& bias, const float* parameters, void* stream) {
  if (bias.table != nullptr)
    gpu::launch({blocks(std::int64_t{bias.heads} * bias.distances, bias_threads), bias_threads, 0, stream}, tabulate_bias, bias,
                parameters);
}

} // namespace
} // namespace assay
