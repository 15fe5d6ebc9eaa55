#include "reference/transport/sinkhorn_sweeps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::transport {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> logarithms(const std::vector<double>& weight) {
  std::vector<double> log_weight(weight.size());
  for (std::size_t k = 0; k < weight.size(); ++k) log_weight[k] = weight[k] > 0 ? std::log(weight[k]) : -inf;
  return log_weight;
}

// -eps log sum_k weight_k exp((potential_k - cost(k)) / eps)
template <class CostTo>
double soft_minimum(double eps, const std::vector<double>& log_weight, const std::vector<double>& potential, const CostTo& cost) {
  double most = -inf, sum = 0;
  std::vector<double> exponent(log_weight.size());
  for (std::size_t k = 0; k < log_weight.size(); ++k) {
    exponent[k] = log_weight[k] + (potential[k] - cost(static_cast<int>(k))) / eps;
    most = std::max(most, exponent[k]);
  }
  for (const double one : exponent) sum += std::exp(one - most);
  return -eps * (most + std::log(sum));
}

} // namespace

std::vector<double> row_potentials(const Entropic& e, const std::vector<double>& g) {
  std::vector<double> f(e.a.size()), log_b = logarithms(e.b);
  for (std::size_t i = 0; i < f.size(); ++i) f[i] = soft_minimum(e.eps, log_b, g, [&](int j) { return e.cost(static_cast<int>(i), j); });
  return f;
}

std::vector<double> column_potentials(const Entropic& e, const std::vector<double>& f) {
  std::vector<double> g(e.b.size()), log_a = logarithms(e.a);
  for (std::size_t j = 0; j < g.size(); ++j) g[j] = soft_minimum(e.eps, log_a, f, [&](int i) { return e.cost(i, static_cast<int>(j)); });
  return g;
}

Potentials sinkhorn(const Entropic& e, int sweeps) {
  Potentials p{std::vector<double>(e.a.size(), 0.0), std::vector<double>(e.b.size(), 0.0)};
  for (int k = 0; k < sweeps; ++k) {
    p.f = row_potentials(e, p.g);
    p.g = column_potentials(e, p.f);
  }
  return p;
}

std::vector<double> symmetric_potential(const Entropic& e, double within, int most) {
  std::vector<double> f(e.a.size(), 0.0);
  for (int k = 0; k < most; ++k) {
    const std::vector<double> next = row_potentials(e, f);
    double moved = 0;
    for (std::size_t i = 0; i < f.size(); ++i) {
      moved = std::max(moved, std::fabs(next[i] - f[i]));
      f[i] = (f[i] + next[i]) / 2;
    }
    if (moved < within) break;
  }
  return f;
}

double dual_value(const Entropic& e, const Potentials& p) {
  double sum = 0;
  for (std::size_t i = 0; i < e.a.size(); ++i) sum += e.a[i] * p.f[i];
  for (std::size_t j = 0; j < e.b.size(); ++j) sum += e.b[j] * p.g[j];
  return sum;
}

} // namespace assay::transport
