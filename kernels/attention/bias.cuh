// Biases as kernels add them to a score, in units of log2. A slope is multiplied by the distance where it is needed: two roundings. All
// other kinds become a table of the distances that occur, [heads, distances], computed in double and rounded once, by a small kernel
// before the main one: they are data, so they belong to the timed call.
#pragma once

#include "kernels/attention/sizes.cuh"

namespace assay {
namespace {

using attention::Bias;

struct BiasTerm {
  Bias kind;
  const float* slopes; // [heads], of alibi, as they are given
  const float* table;  // [heads, distances], of all other kinds
  int distances;
};
__device__ inline bool adds_slope(const BiasTerm& bias) { return bias.kind == Bias::alibi; }
__device__ inline bool adds_table(const BiasTerm& bias) { return bias.kind != Bias::alibi && bias.kind != Bias::none; }
__device__ inline float slope_of(const BiasTerm& bias, int head) {
  return static_cast<float>(-log2_e * static_cast<double>(bias.slopes[head]));
}
__device__ inline const float* table_of(const BiasTerm& bias, int head) {
  return bias.table + static_cast<std::int64_t>(head) * bias.distances;
}
// What a score gets, where speed does not matter. distance: 0 ... distances - 1.
__device__ inline float term_of(const BiasTerm& bias, int head, int distance) {
  if (bias.kind == Bias::none) return 0;
  return adds_slope(bias) ? slope_of(bias, head) * static_cast<float>(distance) : table_of(bias, head)[distance];
}

inline constexpr int table_threads = 128;

__device__ inline double tabulated(Bias kind, const float* parameters, int reach, int dim, int distance) {
  const double t = distance, first = parameters[0];
  switch (kind) {
    case Bias::kerple_power: return -first * pow(t, static_cast<double>(parameters[1]));
    case Bias::kerple_log: return -first * log1p(static_cast<double>(parameters[1]) * t);
    case Bias::sandwich: {
      double sum = 0;
      for (int i = 0; i < dim / 2; ++i) sum += cos(t * pow(10000.0, -2.0 * i / dim));
      return first * sum;
    }
    case Bias::table: return static_cast<double>(parameters[min(distance, reach - 1)]);
    default: return 0;
  }
}

__global__ void __launch_bounds__(table_threads)
    tabulate(Bias kind, const float* parameters, int each, int reach, int dim, int heads, int distances, float* table) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * table_threads + threadIdx.x;
  if (at >= static_cast<std::int64_t>(heads) * distances) return;
  const std::int64_t head = at / distances;
  table[at] = static_cast<float>(log2_e * tabulated(kind, parameters + head * each, reach, dim, static_cast<int>(at % distances)));
}

inline bool tabulates(const attention::Problem& p) { return p.bias != Bias::none && p.bias != Bias::alibi; }

inline std::size_t bias_scratch(const attention::Problem& p) {
  return tabulates(p) ? static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(attention::distances_of(p)) * sizeof(float) : 0;
}

// Makes the table in `scratch`, bias_scratch(p) bytes of it.
inline BiasTerm bias_term(const attention::Problem& p, const float* parameters, void* scratch, void* stream) {
  const int distances = attention::distances_of(p);
  auto* const table = static_cast<float*>(scratch);
  if (tabulates(p)) {
    const std::int64_t count = static_cast<std::int64_t>(p.heads) * distances;
    gpu::launch({static_cast<unsigned>((count + table_threads - 1) / table_threads), table_threads, 0, stream}, tabulate, p.bias,
                parameters, attention::parameters_of(p), p.reach, p.dim, p.heads, distances, table);
  }
  return {p.bias, parameters, table, distances};
}

} // namespace
} // namespace assay
