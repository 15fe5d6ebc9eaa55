// What every variant of sinkhorn does on the host or with numbers of points alone: whether the data are fit, and the last sums.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "reference/transport/sinkhorn.hpp"

namespace assay::transport {

// The box around all points: squared diagonal, infinite where a coordinate is no number; low and high per coordinate, if asked for.
template <class T> double squared_diagonal(const T* x, std::int64_t n, const T* y, std::int64_t m, int dim, double* centre = nullptr) {
  double sum = 0;
  for (int k = 0; k < dim; ++k) {
    double low = std::numeric_limits<double>::infinity(), high = -low, trace = 0;
    const auto see = [&](T z) {
      const auto one = static_cast<double>(z);
      trace += 0 * one;
      low = std::min(low, one);
      high = std::max(high, one);
    };
    for (std::int64_t i = 0; i < n; ++i) see(x[i * dim + k]);
    for (std::int64_t j = 0; j < m; ++j) see(y[j * dim + k]);
    if (std::isnan(trace)) return std::numeric_limits<double>::infinity();
    if (centre != nullptr) centre[k] = (low + high) / 2;
    sum += (high - low) * (high - low);
  }
  return sum;
}

template <class T> bool sound_weights(const T* w, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (!(w[i] >= 0)) return false;
    sum += static_cast<double>(w[i]);
  }
  return std::fabs(sum - 1) <= 0x1p-10;
}

// sinkhorn.hpp: errors that only data show. unit: that of the arithmetic.
template <class P, class A> bool fit(const P& p, const A& a, double unit) {
  return sound_weights(a.a, p.n) && sound_weights(a.b, p.m) && squared_diagonal(a.x, p.n, a.y, p.m, p.dim) <= p.eps / (16 * unit);
}

// sum_ij p_i q_j |x_i - y_j|^2 / sum p about a centre, in double; 0 where p lacks nothing. p, q: masses that lack.
template <class T>
double cost_of_product(const T* x, const double* p, std::int64_t n, const T* y, const double* q, std::int64_t m, int dim) {
  double mass = 0, other = 0, sum = 0;
  for (std::int64_t i = 0; i < n; ++i) mass += p[i];
  for (std::int64_t j = 0; j < m; ++j) other += q[j];
  if (!(mass > 0)) return 0;
  for (int k = 0; k < dim; ++k) {
    const auto origin = static_cast<double>(x[k]);
    double first[2] = {0, 0}, second[2] = {0, 0};
    for (std::int64_t i = 0; i < n; ++i) {
      const double z = static_cast<double>(x[i * dim + k]) - origin;
      first[0] += p[i] * z, second[0] += p[i] * z * z;
    }
    for (std::int64_t j = 0; j < m; ++j) {
      const double z = static_cast<double>(y[j * dim + k]) - origin;
      first[1] += q[j] * z, second[1] += q[j] * z * z;
    }
    sum += second[0] * other + second[1] * mass - 2 * first[0] * first[1];
  }
  return sum / mass;
}

} // namespace assay::transport
