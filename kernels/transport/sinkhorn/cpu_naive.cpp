// The formulas as they stand: every sum is made twice, once for its largest term.
// Limit: the C library's exp, and two costs of each pair for it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/transport/entropic.hpp"
#include "kernels/variant.hpp"

namespace assay {
namespace {

template <class T> struct Side {
  const T *points, *weights;
  std::int64_t count;
};

template <class T> T cost(const T* x, const T* y, int dim) {
  T sum = 0;
  for (int k = 0; k < dim; ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return sum;
}

// -eps log sum_k w_k exp((potential_k - |z - z_k|^2) / eps)
template <class T> T soft_minimum(const T* z, const Side<T>& other, const T* potential, int dim, T eps) {
  const auto exponent = [&](std::int64_t k) {
    return std::log(other.weights[k]) + (potential[k] - cost(z, other.points + k * dim, dim)) / eps;
  };
  T most = -std::numeric_limits<T>::infinity(), sum = 0;
  for (std::int64_t k = 0; k < other.count; ++k) most = std::max(most, exponent(k));
  for (std::int64_t k = 0; k < other.count; ++k) sum += std::exp(exponent(k) - most);
  return -eps * (most + std::log(sum));
}

template <class T> void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<T>& a, const Launch&) {
  const Side<T> rows{a.x, a.a, p.n}, columns{a.y, a.b, p.m};
  if (!transport::fit(p, a, numerics::stored_as<T>().add)) {
    std::fill(a.f, a.f + p.n, std::numeric_limits<T>::quiet_NaN());
    std::fill(a.g, a.g + p.m, std::numeric_limits<T>::quiet_NaN());
    std::fill(a.result, a.result + 4, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  const auto n = static_cast<std::size_t>(p.n), m = static_cast<std::size_t>(p.m);
  const auto eps = static_cast<T>(p.eps);
  std::vector<T> next(n), r(n), s(m);
  const auto update_rows = [&](T* f) {
    for (int i = 0; i < p.n; ++i) f[i] = soft_minimum(a.x + std::int64_t{i} * p.dim, columns, a.g, p.dim, eps);
  };
  std::fill(a.g, a.g + p.m, T(0));
  for (int sweep = 0; sweep < p.iterations; ++sweep) {
    update_rows(a.f);
    for (int j = 0; j < p.m; ++j) a.g[j] = soft_minimum(a.y + std::int64_t{j} * p.dim, rows, a.f, p.dim, eps);
  }
  update_rows(next.data());

  double value = 0, marginal = 0, lower = 0, upper = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const T apart = (a.f[i] - next[i]) / eps;
    r[i] = std::min(T(1), std::exp(-apart));
    value += static_cast<double>(a.a[i]) * a.f[i];
    marginal += static_cast<double>(a.a[i] * std::fabs(std::expm1(apart)));
  }
  lower = value;
  const auto pair = [&](std::size_t i, std::size_t j) {
    return cost(a.x + i * static_cast<std::size_t>(p.dim), a.y + j * static_cast<std::size_t>(p.dim), p.dim);
  };
  const auto plan = [&](std::size_t i, std::size_t j, T c) {
    return static_cast<double>(a.a[i]) * a.b[j] * std::exp((a.f[i] + a.g[j] - c) / eps);
  };
  std::vector<double> rows_lack(n), columns_lack(m);
  for (std::size_t j = 0; j < m; ++j) {
    double column = 0;
    T nearest = std::numeric_limits<T>::infinity();
    for (std::size_t i = 0; i < n; ++i) {
      const T c = pair(i, j);
      column += r[i] * plan(i, j, c);
      if (a.a[i] > 0) nearest = std::min(nearest, c - a.f[i]);
    }
    s[j] = column > a.b[j] ? static_cast<T>(a.b[j] / column) : T(1);
    columns_lack[j] = std::max(0.0, a.b[j] - column * s[j]);
    value += static_cast<double>(a.b[j]) * a.g[j];
    lower += static_cast<double>(a.b[j]) * nearest;
  }
  for (std::size_t i = 0; i < n; ++i) {
    double row = 0;
    for (std::size_t j = 0; j < m; ++j) {
      const T c = pair(i, j);
      const double mass = r[i] * plan(i, j, c) * s[j];
      row += mass;
      upper += mass * c;
    }
    rows_lack[i] = std::max(0.0, a.a[i] - row);
  }
  upper += transport::cost_of_product(a.x, rows_lack.data(), p.n, a.y, columns_lack.data(), p.m, p.dim);
  const double result[] = {value, marginal, lower, upper};
  std::copy(result, result + 4, a.result);
}

template <class T> constexpr Variant<Sinkhorn, T> variant() {
  return {
      .name = "cpu_naive",
      .idea = "the formulas as they stand",
      .numerics = numerics::stored_as<T>(),
      .repeatable = true,
      .run = run<T>,
      .accepts = [](const Sinkhorn::Problem& p) { return 1.0 * p.n * p.m * p.iterations * p.dim <= 0x1p26; }, // seconds
  };
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<double>());

} // namespace assay
