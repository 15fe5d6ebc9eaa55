#include "reference/score/score_loss.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"
#include "reference/rounding.hpp"
#include "reference/sample.hpp"

namespace assay {
namespace {

using score::Matching;
constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

struct Known {
  double value = 0, error = 0;
};

// What is squared: s - t, s + z / b, or s.
Known residual(const score::LossProblem& p, double s, double other, double u) {
  if (p.kind == Matching::exact) return {s - other, u * std::fabs(s - other)};
  if (p.kind != Matching::denoising) return {s, 0};
  const double r = s + other / p.noise;
  return {r, gamma(3, u) * std::fabs(other) / p.noise + u * std::fabs(r)};
}

// v.s
Known dot(const double* v, const double* s, int dim, double u) {
  Known y;
  double sizes = 0;
  for (int i = 0; i < dim; ++i) {
    y.value += v[i] * s[i];
    sizes += std::fabs(v[i] * s[i]);
  }
  y.error = gamma(growth(dim), u) * sizes;
  return y;
}

// One element of n is odd: for every few sizes another one.
void fill_points(const score::LossProblem& p, double* to, std::uint32_t stream, Fill fill, Random random, bool odd) {
  const std::span<double> x(to, static_cast<std::size_t>(p.points) * static_cast<std::size_t>(p.dim));
  if (fill == Fill::integers)
    fill_integers(random.key, stream, -8, 8, x);
  else
    fill_normal(random.key, stream, x);
  constexpr double values[] = {nan, inf, -inf};
  if (fill == Fill::hostile && odd) x[x.size() / 2] = values[p.points % 3];
}

} // namespace

std::string ScoreLoss::refuse(const Problem& p) {
  if (p.points < 1) return "points=" + std::to_string(p.points) + ": the mean of nothing is not defined";
  if (p.dim < 1) return "dim=" + std::to_string(p.dim) + ": must be at least 1";
  if (!(p.noise > 0)) return "noise=" + std::to_string(p.noise) + ": must be positive";
  return {};
}

void ScoreLoss::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  fill_points(p, const_cast<double*>(a.s), 0, fill, random, true);
  if (p.kind != Matching::implicit) fill_points(p, const_cast<double*>(a.other), 1, fill, random, false);
  if (is_sliced(p.kind)) fill_points(p, const_cast<double*>(a.product), 2, fill, random, false);
  if (p.kind != Matching::implicit) return;
  std::vector<double> divergence(static_cast<std::size_t>(p.points));
  if (fill == Fill::integers)
    fill_integers(random.key, 3, -8, 8, divergence);
  else
    fill_normal(random.key, 3, divergence);
  for (std::size_t i = 0; i < divergence.size(); ++i) const_cast<float*>(a.divergence)[i] = static_cast<float>(divergence[i]);
}

Work ScoreLoss::work(const Problem& p, const Numerics&) {
  return {static_cast<double>(p.points) * p.dim * (p.kind == Matching::implicit ? 2 : p.kind == Matching::denoising ? 4 : 3)};
}

std::vector<Truth> ScoreLoss::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample) {
  const double u = n.add;
  double sum = 0, sizes = 0, error = 0, terms = 0;
  bool overflows = false;
  const auto add = [&](double term, double off) {
    sum += term;
    sizes += std::fabs(term) + off;
    error += off;
    ++terms;
    overflows = overflows || (std::isfinite(term) && std::fabs(term) > 0x1p126);
  };
  for (std::int64_t i = 0; i < p.points; ++i) {
    const double *const s = before.s + i * p.dim, *const other = before.other + i * p.dim, *const product = before.product + i * p.dim;
    if (p.kind == Matching::implicit) add(static_cast<double>(before.divergence[i]), 0);
    if (p.kind == Matching::sliced) {
      const Known q = dot(other, s, p.dim, u);
      add(q.value * q.value / 2, (std::fabs(q.value) + q.error / 2) * q.error + 2 * u * q.value * q.value);
    }
    for (int e = 0; e < p.dim; ++e) {
      if (is_sliced(p.kind)) add(other[e] * product[e], 2 * u * std::fabs(other[e] * product[e]));
      if (p.kind == Matching::sliced) continue;
      const Known r = residual(p, s[e], p.kind == Matching::exact || p.kind == Matching::denoising ? other[e] : 0, u);
      const double factor = p.kind == Matching::exact || p.kind == Matching::denoising ? 1 : 0.5;
      add(factor * r.value * r.value, factor * ((2 * std::fabs(r.value) + r.error) * r.error + 2 * u * r.value * r.value));
    }
  }
  const double loss = sum / p.points;
  double bound = (error + growth(terms) * numerics::u64 * sizes + terms * lost_below(u)) / p.points;
  bound += 2 * u * (std::fabs(loss) + bound);
  if (!std::isfinite(loss)) bound = 0;
  return {{{loss}, {overflows && !std::isnan(loss) ? inf : bound}, {}}};
}

void ScoreLossBwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  fill_points(p, const_cast<double*>(a.s), 0, fill, random, true);
  if (p.kind != Matching::implicit && p.kind != Matching::reduced) fill_points(p, const_cast<double*>(a.other), 1, fill, random, false);
}

Work ScoreLossBwd::work(const Problem& p, const Numerics&) {
  return {static_cast<double>(p.points) * p.dim * (p.kind == Matching::implicit || p.kind == Matching::reduced ? 1 : 3)};
}

std::vector<Truth> ScoreLossBwd::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const std::int64_t count = std::int64_t{p.points} * p.dim;
  const double u = n.add;
  Truth truth{{}, {}, chosen(count, sample, 0)};
  const auto add = [&](std::int64_t at) {
    const double s = before.s[at];
    Known y;
    if (p.kind == Matching::sliced) {
      const std::int64_t first = at / p.dim * p.dim;
      y = dot(before.other + first, before.s + first, p.dim, u);
      y.value *= before.other[at], y.error *= std::fabs(before.other[at]);
    } else {
      const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
      y = residual(p, s, pair ? before.other[at] : 0, u);
      if (pair) y.value *= 2, y.error *= 2;
    }
    y.value /= p.points, y.error /= p.points;
    truth.value.push_back(y.value);
    truth.bound.push_back(std::isfinite(y.value) ? y.error + gamma(3, u) * (std::fabs(y.value) + y.error) + lost_below(u) : 0);
  };
  if (truth.at.empty())
    for (std::int64_t i = 0; i < count; ++i) add(i);
  else
    for (const std::int64_t i : truth.at) add(i);
  return {truth};
}

} // namespace assay
