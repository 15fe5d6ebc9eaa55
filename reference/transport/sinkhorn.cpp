#include "reference/transport/sinkhorn.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay {

namespace transport {

double Clouds::cost(std::int64_t i, std::int64_t j) const {
  double sum = 0;
  for (std::int64_t k = 0; k < dim; ++k) {
    const double apart = x[i * dim + k] - y[j * dim + k];
    sum += apart * apart;
  }
  return sum;
}

double squared_diagonal(const Clouds& c) {
  double sum = 0;
  for (std::int64_t k = 0; k < c.dim; ++k) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    const auto see = [&](double z) {
      if (!std::isfinite(z)) sum = std::numeric_limits<double>::infinity();
      low = std::min(low, z), high = std::max(high, z);
    };
    for (std::int64_t i = 0; i < c.n; ++i) see(c.x[i * c.dim + k]);
    for (std::int64_t j = 0; j < c.m; ++j) see(c.y[j * c.dim + k]);
    sum += (high - low) * (high - low);
  }
  return sum;
}

double largest_logarithm(const Clouds& c) {
  double most = 0;
  for (std::int64_t i = 0; i < c.n; ++i)
    if (c.a[i] > 0) most = std::max(most, std::fabs(std::log(c.a[i])));
  for (std::int64_t j = 0; j < c.m; ++j)
    if (c.b[j] > 0) most = std::max(most, std::fabs(std::log(c.b[j])));
  return most;
}

bool usable(const Clouds& c, double eps, double unit) {
  const auto weights = [](const double* w, std::int64_t count) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (!(w[i] >= 0)) return false;
      sum += w[i];
    }
    return std::fabs(sum - 1) <= 0x1p-10;
  };
  return weights(c.a, c.n) && weights(c.b, c.m) && squared_diagonal(c) <= eps / (16 * unit);
}

void fill_weights(std::uint64_t key, std::uint32_t stream, double* out, std::int64_t count) {
  const std::span<double> w(out, static_cast<std::size_t>(count));
  fill_uniform(key, stream, w);
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (count >= 512)
      w[i] = 1;
    else
      w[i] = count >= 8 && i % 8 == 5 ? 0 : 0.1 + w[i];
    sum += w[i];
  }
  for (double& one : w) one /= sum;
}

} // namespace transport

using namespace transport;

std::string Sinkhorn::refuse(const Problem& p) {
  if (p.n < 1 || p.m < 1 || p.dim < 1) return "there is a point on either side, with a coordinate";
  if (!(p.eps > 0) || !std::isfinite(p.eps)) return "eps is positive";
  return p.iterations < 1 ? "there is a sweep" : "";
}

void Sinkhorn::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const std::span<double> x(const_cast<double*>(a.x), static_cast<std::size_t>(std::int64_t{p.n} * p.dim));
  fill_normal(random.key, 0, x);
  fill_normal(random.key, 1, {const_cast<double*>(a.y), static_cast<std::size_t>(std::int64_t{p.m} * p.dim)});
  fill_weights(random.key, 2, const_cast<double*>(a.a), p.n);
  fill_weights(random.key, 3, const_cast<double*>(a.b), p.m);
  if (fill == Fill::hostile) x[x.size() / 2] = std::numeric_limits<double>::quiet_NaN();
}

Work Sinkhorn::work(const Problem& p, const Numerics&) {
  const double pairs = static_cast<double>(p.n) * p.m, passes = 2.0 * p.iterations + 3; // F; columns of r P; rows of r P s with its cost
  return {pairs * ((passes + 1) * (3 * p.dim + 4)), 0, pairs * passes};
}

std::vector<Truth> Sinkhorn::truth(const Problem& p, const Args<>& before, const Numerics& num, Sample) {
  const Clouds c{p.n, p.m, p.dim, before.x, before.a, before.y, before.b};
  const auto n = static_cast<std::size_t>(p.n), m = static_cast<std::size_t>(p.m);
  if (!usable(c, p.eps, num.add)) {
    const auto no_number = [](std::size_t count) {
      return Truth{std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()), std::vector<double>(count, 0.0), {}};
    };
    return {no_number(n), no_number(m), no_number(4)};
  }
  const Entropic e{{c.a, c.a + p.n}, {c.b, c.b + p.m}, [&](int i, int j) { return c.cost(i, j); }, p.eps};
  const auto [f, g] = sinkhorn(e, p.iterations);
  const std::vector<double> next = row_potentials(e, g);

  const double u = num.add, terms = std::max(p.n, p.m), L = squared_diagonal(c), R = 3 * L + p.eps * largest_logarithm(c);
  const double delta = u * (p.dim + 20) * R + p.eps * (num.exp + u * growth(terms) + 4 * u * (1 + std::log(terms)));
  const double df = (2 * p.iterations - 1) * delta, dg = df + delta, dnext = dg + delta, sums = growth(terms) * numerics::u64;
  const double t_plan = (df + dg) / p.eps + 2 * u * (p.dim + 20) * R / p.eps + num.exp + u * growth(terms);

  double marginal = 0, marginal_bound = 0, t_rows = 0, lower = 0, upper = 0;
  std::vector<double> r(n), s(m), rows_lack(n), columns_lack(m);
  for (std::size_t i = 0; i < n; ++i) {
    const double apart = (f[i] - next[i]) / p.eps, t = (df + dnext) / p.eps + num.exp + 4 * u * (1 + std::fabs(apart));
    r[i] = std::min(1.0, std::exp(-apart));
    t_rows = std::max(t_rows, t);
    marginal += c.a[i] * std::fabs(std::expm1(apart));
    marginal_bound += c.a[i] * (std::exp(apart) * std::expm1(t) + u);
    lower += c.a[i] * f[i];
  }
  const auto plan = [&](std::size_t i, std::size_t j) {
    const double cost = c.cost(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
    return c.a[i] * c.b[j] * std::exp((f[i] + g[j] - cost) / p.eps);
  };
  for (std::size_t j = 0; j < m; ++j) {
    double column = 0, nearest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < n; ++i) {
      column += r[i] * plan(i, j);
      if (c.a[i] > 0) nearest = std::min(nearest, c.cost(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) - f[i]);
    }
    lower += c.b[j] * nearest;
    s[j] = column > c.b[j] ? c.b[j] / column : 1;
    columns_lack[j] = std::max(0.0, c.b[j] - column * s[j]);
  }
  double lacking = 0, rest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double row = 0;
    for (std::size_t j = 0; j < m; ++j) {
      const double mass = r[i] * plan(i, j) * s[j];
      row += mass;
      upper += mass * c.cost(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
    }
    rows_lack[i] = std::max(0.0, c.a[i] - row);
    lacking += rows_lack[i];
    for (std::size_t j = 0; j < m; ++j)
      rest += rows_lack[i] * columns_lack[j] * c.cost(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
  }
  const double t_columns = t_rows + t_plan + 4 * u, t = t_rows + t_plan + t_columns,
               lack = 1.01 * std::expm1(t) + 2 * u; // weights: 1 + 2^-10
  const double upper_bound = upper * std::expm1(t + (p.dim + 4) * u) + 3 * L * lack;
  if (lacking > 0) upper += rest / lacking;
  const double size = 3 * L + sums;
  Truth potentials{f, std::vector<double>(n, df), {}}, others{g, std::vector<double>(m, dg), {}};
  Truth result{{dual_value(e, {f, g}), marginal, lower, upper},
               {1.01 * (df + dg) + sums * size, marginal_bound + sums, 1.01 * (2 * df + u * (p.dim + 4) * R) + sums * size,
                upper_bound + sums * size},
               {}};
  return {potentials, others, result};
}

} // namespace assay
