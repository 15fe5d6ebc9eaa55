#include "reference/score/gmm_score.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "reference/random.hpp"
#include "reference/rounding.hpp"
#include "reference/sample.hpp"

namespace assay {
namespace {

using score::Covariance;
using Vector = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

// A value and how far a variant may be from it.
struct Known {
  double value = 0, error = 0;
};

// |x|^2 of a vector known up to its errors, with `more` roundings beside those of d products and sums.
Known square(const Vector& x, const Vector& error, double more, double u) {
  Known y;
  double sizes = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y.value += x[i] * x[i];
    y.error += (2 * std::fabs(x[i]) + error[i]) * error[i];
    sizes += (std::fabs(x[i]) + error[i]) * (std::fabs(x[i]) + error[i]);
  }
  y.error += gamma(growth(static_cast<double>(x.size())) + more, u) * sizes;
  return y;
}

struct Component {
  double c, trace;              // of S^-1
  const float* mean;            // [d]
  Vector inverse;               // 1 / sigma, [d]; Cholesky: L^-1, [d, d]
  Vector inverse_l, inverse_lt; // Cholesky: |L^-1| |L| and |L^-T| |L^T|
};

Component component(const GmmScore::Problem& p, const GmmScore::Args<>& a, int k) {
  const auto d = static_cast<std::size_t>(p.dim), at = static_cast<std::size_t>(k);
  Component one{std::log(static_cast<double>(a.weight[k])) - static_cast<double>(p.dim) / 2 * std::log(2 * std::numbers::pi),
                0,
                a.mean + at * d,
                Vector(d),
                {},
                {}};
  if (p.covariance != Covariance::cholesky) {
    for (std::size_t i = 0; i < d; ++i) {
      const double sigma = a.factor[p.covariance == Covariance::isotropic ? at : at * d + i];
      one.inverse[i] = 1 / sigma;
      one.c -= std::log(sigma);
      one.trace += 1 / (sigma * sigma);
    }
    return one;
  }
  const float* const l = a.factor + at * d * d;
  one.inverse.assign(d * d, 0);
  one.inverse_l = one.inverse_lt = one.inverse;
  for (std::size_t j = 0; j < d; ++j) { // column j of L^-1 solves L m = e_j
    for (std::size_t i = j; i < d; ++i) {
      double rest = i == j ? 1 : 0;
      for (std::size_t e = j; e < i; ++e) rest -= l[i * d + e] * one.inverse[e * d + j];
      one.inverse[i * d + j] = rest / l[i * d + i];
      one.trace += one.inverse[i * d + j] * one.inverse[i * d + j];
    }
    one.c -= std::log(static_cast<double>(l[j * d + j]));
  }
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t e = j; e <= i; ++e)
        one.inverse_l[i * d + j] += std::fabs(one.inverse[i * d + e]) * std::fabs(static_cast<double>(l[e * d + j]));
      for (std::size_t e = i; e <= j; ++e)
        one.inverse_lt[i * d + j] += std::fabs(one.inverse[e * d + i]) * std::fabs(static_cast<double>(l[j * d + e]));
    }
  return one;
}

// Of one point and component: u, |u|^2 and l.
struct Pull {
  Vector u, u_error;
  Known u2, l; // l.error: a_k without the part that depends on the maximum
};

Pull pull(const GmmScore::Problem& p, const Component& one, const double* x, const Numerics& n) {
  const auto d = static_cast<std::size_t>(p.dim);
  const double u = n.add, chain = growth(p.dim);
  Vector z(d), z_error(d);
  Pull y{Vector(d), Vector(d), {}, {}};
  const auto by = [&](std::size_t i, std::size_t j) { return i * d + j; };
  if (p.covariance == Covariance::cholesky) {
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j) z[i] += one.inverse[by(i, j)] * (one.mean[j] - x[j]);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) z_error[i] += gamma(chain + 3, u) * one.inverse_l[by(i, j)] * std::fabs(z[j]);
      for (std::size_t j = i; j < d; ++j) y.u[i] += one.inverse[by(j, i)] * z[j];
    }
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) y.u_error[i] += gamma(chain + 3, u) * one.inverse_lt[by(i, j)] * std::fabs(y.u[j]);
      for (std::size_t j = i; j < d; ++j) y.u_error[i] += std::fabs(one.inverse[by(j, i)]) * z_error[j];
    }
  } else {
    for (std::size_t i = 0; i < d; ++i) {
      z[i] = one.inverse[i] * (one.mean[i] - x[i]);
      z_error[i] = gamma(4, u) * std::fabs(z[i]);
      y.u[i] = one.inverse[i] * z[i];
      y.u_error[i] = gamma(5, u) * std::fabs(y.u[i]);
    }
  }
  const Known q = square(z, z_error, 3, u);
  y.u2 = square(y.u, y.u_error, 3, u);
  y.l.value = one.c - q.value / 2;
  y.l.error = q.error / 2 + gamma(3, u) * (std::fabs(one.c) + q.value / 2 + std::fabs(y.l.value));
  return y;
}

struct Row {
  std::vector<Known> s;
  Known log_density, divergence;
};

Row row_of(const GmmScore::Problem& p, const std::vector<Component>& list, const double* x, const Numerics& n) {
  const auto d = static_cast<std::size_t>(p.dim);
  const double u = n.add, components = p.components;
  for (std::size_t i = 0; i < d; ++i)
    if (!std::isfinite(x[i])) return {std::vector<Known>(d, {nan, 0}), {nan, 0}, {nan, 0}};

  std::vector<Pull> pulls;
  double m = -inf;
  bool overflows = false;
  for (const Component& one : list) {
    pulls.push_back(pull(p, one, x, n));
    m = std::max(m, pulls.back().l.value);
    overflows = overflows || pulls.back().u2.value > 0x1p126 || one.c - pulls.back().l.value > 0x1p125;
  }
  double total = 0, off = 0; // Z, Z R
  for (Pull& each : pulls) {
    each.l.error += 4 * u * (m - each.l.value) + (3 + components / 16) * (n.exp + u);
    total += std::exp(each.l.value - m);
    off += std::exp(each.l.value - m + each.l.error) - std::exp(each.l.value - m);
  }
  const double r_error = off / total + gamma(growth(2 * components), u), chain = gamma(growth(2 * components) + 6, u);

  Row row{std::vector<Known>(d), {}, {}};
  double trace = 0, spread = 0;
  std::vector<Known> weights; // r_k and rho_k
  for (const Pull& each : pulls) {
    Known r{std::exp(each.l.value - m) / total, 0};
    if (p.components > 1)
      r.error = r_error < 1 ? std::exp(each.l.value - m + each.l.error) / total / (1 - r_error) - r.value + 0x1p-125 : inf;
    weights.push_back(r);
    for (std::size_t i = 0; i < d; ++i) {
      const double size = std::fabs(each.u[i]) + each.u_error[i];
      row.s[i].value += r.value * each.u[i];
      row.s[i].error += r.error * size + r.value * each.u_error[i] + chain * (r.value + r.error) * size;
    }
  }
  Known& div = row.divergence;
  for (std::size_t k = 0; k < pulls.size(); ++k) {
    const Known &r = weights[k], &u2 = pulls[k].u2;
    const double size = u2.value + u2.error + list[k].trace;
    trace += r.value * list[k].trace;
    for (std::size_t i = 0; i < d; ++i) spread += r.value * (pulls[k].u[i] - row.s[i].value) * (pulls[k].u[i] - row.s[i].value);
    div.error += r.error * size + r.value * (u2.error + 2 * u * list[k].trace) + chain * (r.value + r.error) * size;
  }
  Vector s, s_error;
  for (const Known& each : row.s) s.push_back(each.value), s_error.push_back(each.error);
  div.value = spread - trace;
  div.error += square(s, s_error, 3, u).error + u * std::fabs(div.value);
  row.log_density.value = m + std::log(total);
  row.log_density.error = std::log1p(r_error) + 4 * u * (std::fabs(m) + std::log(total) + std::fabs(row.log_density.value));
  const auto limit = [&](Known& y) {
    if (overflows || std::isnan(y.error)) y.error = inf; // infinity times zero
  };
  limit(row.log_density), limit(div);
  for (Known& each : row.s) {
    limit(each);
    each.error += n.store * (std::fabs(each.value) + each.error) + lost_below(n.store);
  }
  return row;
}

} // namespace

std::string GmmScore::refuse(const Problem& p) {
  if (p.points < 0) return "points=" + std::to_string(p.points) + ": must not be negative";
  if (p.dim < 1) return "dim=" + std::to_string(p.dim) + ": must be at least 1";
  if (p.components < 1) return "components=" + std::to_string(p.components) + ": must be at least 1";
  return {};
}

// Points lie about the means, one after another; hostile ones have elements far out, and some that are not finite; a weight is zero.
void GmmScore::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const auto n = static_cast<std::size_t>(p.points), d = static_cast<std::size_t>(p.dim), count = static_cast<std::size_t>(p.components);
  Vector x(n * d), mean(count * d), weight(count), factor(1);
  for (const std::int64_t extent : factor_shape(p)) factor.resize(factor.size() * static_cast<std::size_t>(extent));
  auto *const weights = const_cast<float*>(a.weight), *const means = const_cast<float*>(a.mean),
              *const factors = const_cast<float*>(a.factor);
  auto* const points = const_cast<double*>(a.x);
  if (fill == Fill::integers) {
    fill_integers(random.key, 0, -8, 8, x);
    fill_integers(random.key, 1, -8, 8, mean);
  } else {
    fill_normal(random.key, 0, x);
    fill_normal(random.key, 1, mean);
  }
  fill_uniform(random.key, 2, weight);
  fill_uniform(random.key, 3, factor);
  for (std::size_t k = 0; k < count; ++k) weights[k] = static_cast<float>((0.1 + weight[k]) / p.components);
  if (fill == Fill::hostile && count > 1) weights[count / 2] = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) means[i] = static_cast<float>(fill == Fill::integers ? mean[i] : 2 * mean[i]);
  for (std::size_t i = 0; i < factor.size(); ++i) {
    const std::size_t row = i / d % d, column = i % d;
    if (p.covariance != Covariance::cholesky || row == column)
      factors[i] = fill == Fill::integers ? 0.5f : static_cast<float>(0.5 + factor[i]);
    else if (row > column)
      factors[i] = fill == Fill::integers ? 0 : static_cast<float>((factor[i] - 0.5) / std::sqrt(p.dim));
    else
      factors[i] = std::numeric_limits<float>::quiet_NaN(); // not to be read
  }
  constexpr double odd[] = {nan, inf, -inf, 0, -0.0, 0x1p-149, 60, -100, 4096, -0x1p100};
  for (std::size_t i = 0; i < x.size(); ++i) {
    points[i] = fill == Fill::integers ? x[i] : static_cast<double>(means[i / d % count * d + i % d]) + x[i];
    if (const auto [often, which] = uniforms(random.key, 4, i); fill == Fill::hostile && often < 1.0 / 16)
      points[i] = odd[static_cast<std::size_t>(10 * which)];
  }
}

Work GmmScore::work(const Problem& p, const Numerics&) {
  const double pairs = static_cast<double>(p.points) * p.components, d = p.dim;
  const double each = p.covariance == Covariance::isotropic ? 4 * d : p.covariance == Covariance::diagonal ? 6 * d : 2 * d * d + 5 * d;
  return {pairs * (each + (p.divergence ? 6 : 4)), 0, pairs};
}

std::vector<Truth> GmmScore::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  std::vector<Component> list;
  for (int k = 0; k < p.components; ++k)
    if (before.weight[k] > 0) list.push_back(component(p, before, k));
  std::int64_t known = -1;
  Row row;
  const auto at_point = [&](std::int64_t i) -> const Row& { // elements come in ascending order: one row serves all of its own
    if (i != known) row = row_of(p, list, before.x + i * p.dim, n);
    known = i;
    return row;
  };
  const auto collect = [&](std::int64_t count, std::uint32_t stream, auto element) {
    Truth truth{{}, {}, chosen(count, sample, stream)};
    const std::int64_t covered = truth.at.empty() ? count : static_cast<std::int64_t>(truth.at.size());
    for (std::int64_t j = 0; j < covered; ++j) {
      const Known one = element(truth.at.empty() ? j : truth.at[static_cast<std::size_t>(j)]);
      truth.value.push_back(one.value);
      truth.bound.push_back(one.error);
    }
    return truth;
  };
  const std::int64_t n_points = p.points;
  return {collect(n_points * p.dim, 0, [&](std::int64_t i) { return at_point(i / p.dim).s[static_cast<std::size_t>(i % p.dim)]; }),
          collect(p.log_density ? n_points : 0, 1, [&](std::int64_t i) { return at_point(i).log_density; }),
          collect(p.divergence ? n_points : 0, 2, [&](std::int64_t i) { return at_point(i).divergence; })};
}

} // namespace assay
