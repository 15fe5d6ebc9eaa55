// What CPU variants of attention need once for each head: its biases by distance, computed in double and rounded once, since powers and
// cosines of distances in fp32 would be off by many units.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/numbers.hpp"
#include "reference/attention/attention.hpp"

namespace assay::attention {

// parameters: of one head.
inline double bias_term(const Problem& p, const float* parameters, int distance) {
  const double t = distance;
  switch (p.bias) {
    case Bias::none: return 0;
    case Bias::alibi: return -parameters[0] * t;
    case Bias::kerple_power: return -parameters[0] * std::pow(t, static_cast<double>(parameters[1]));
    case Bias::kerple_log: return -parameters[0] * std::log1p(static_cast<double>(parameters[1]) * t);
    case Bias::sandwich: {
      double sum = 0;
      for (int i = 0; i < p.dim / 2; ++i) sum += std::cos(t * std::pow(10000.0, -2.0 * i / p.dim));
      return parameters[0] * sum;
    }
    case Bias::table: return parameters[std::min(distance, p.reach - 1)];
  }
  return 0;
}

// Its derivative by parameter k of the head.
inline double bias_slope_term(const Problem& p, const float* parameters, int distance, int k) {
  const double t = distance;
  switch (p.bias) {
    case Bias::none: return 0;
    case Bias::alibi: return -t;
    case Bias::kerple_power:
      if (k == 0) return -std::pow(t, static_cast<double>(parameters[1]));
      return distance == 0 ? 0 : bias_term(p, parameters, distance) * std::log(t);
    case Bias::kerple_log: {
      const double r1 = parameters[0], r2 = parameters[1];
      return k == 0 ? -std::log1p(r2 * t) : -r1 * t / (1 + r2 * t);
    }
    case Bias::sandwich: {
      const float one = 1;
      return bias_term(p, &one, distance);
    }
    case Bias::table: return std::min(distance, p.reach - 1) == k ? 1 : 0;
  }
  return 0;
}

// d_bias [H, parameters] from the diagonal sums [H, distances].
inline void bias_gradient(const Problem& p, const float* parameters, const float* diagonal, float* d_bias) {
  for (int h = 0; h < p.heads; ++h)
    for (int k = 0; k < parameters_of(p); ++k) {
      float sum = 0;
      for (int t = 0; t < distances_of(p); ++t)
        sum += diagonal[static_cast<std::int64_t>(h) * distances_of(p) + t] *
               static_cast<float>(bias_slope_term(p, parameters + static_cast<std::int64_t>(h) * parameters_of(p), t, k));
      d_bias[static_cast<std::int64_t>(h) * parameters_of(p) + k] = sum;
    }
}

// [H, distances].
inline std::vector<float> bias_table(const Problem& p, const float* parameters) {
  std::vector<float> table;
  for (int h = 0; h < p.heads; ++h)
    for (int t = 0; t < distances_of(p); ++t)
      table.push_back(static_cast<float>(bias_term(p, parameters + static_cast<std::int64_t>(h) * parameters_of(p), t)));
  return table;
}

inline float softmax_scale(const Problem& p) {
  return static_cast<float>(p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale);
}

} // namespace assay::attention
