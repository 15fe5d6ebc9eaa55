// What the CPU variants of distances on the line share: powers, roots, and the pairing of quantiles of two sorted clouds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "reference/transport/wasserstein_1d.hpp"

namespace assay::transport {

struct Power {
  double p;
  double operator()(double apart) const { return p == 1 ? std::fabs(apart) : p == 2 ? apart * apart : std::pow(std::fabs(apart), p); }
  double root(double cost) const { return p == 1 ? cost : p == 2 ? std::sqrt(cost) : std::pow(cost, 1 / p); }
};

// W_p^p of sorted points of equal weight. Positions of jumps are whole numbers.
template <class T> double paired_cost(const T* x, std::int64_t n, const T* y, std::int64_t m, Power power) {
  double sum = 0;
  std::int64_t at = 0, x_ends = m, y_ends = n;
  for (std::int64_t i = 0, j = 0; i < n;) {
    const std::int64_t end = std::min(x_ends, y_ends);
    sum += static_cast<double>(end - at) * power(static_cast<double>(x[i]) - static_cast<double>(y[j]));
    at = end;
    if (x_ends == end) ++i, x_ends += m;
    if (y_ends == end) ++j, y_ends += n;
  }
  return sum / (static_cast<double>(n) * static_cast<double>(m));
}

// Distances along directions from their p-th powers, and what sliced_wasserstein makes of them.
inline void summarise(const double* cost, int count, Power power, double* distance, double* result) {
  double sum = 0, largest = 0, squares = 0;
  for (int k = 0; k < count; ++k) {
    distance[k] = power.root(cost[k]);
    sum += cost[k];
    largest = distance[k] > largest ? distance[k] : largest;
  }
  const double mean = sum / count;
  for (int k = 0; k < count; ++k) squares += (cost[k] - mean) * (cost[k] - mean);
  result[0] = power.root(mean);
  result[1] = std::isnan(mean) ? mean : largest;
  result[2] = count > 1 || std::isnan(mean) ? std::sqrt(squares / (static_cast<double>(count) * (count - 1))) : HUGE_VAL;
}

} // namespace assay::transport
