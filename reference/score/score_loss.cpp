#include "reference/score/score_loss_bwd.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

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
Known residual(Matching kind, double s, double other, double noise, double u) {
  if (kind == Matching::exact) return {s - other, u * std::fabs(s - other)};
  if (kind != Matching::denoising) return {s, 0};
  const double r = s + other / noise;
  return {r, gamma(3, u) * std::fabs(other) / noise + u * std::fabs(r)};
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

std::size_t all_points(const score::LossProblem& p) { return static_cast<std::size_t>(p.levels) * static_cast<std::size_t>(p.points); }

// One element is odd: for every few sizes another one.
void fill_points(const score::LossProblem& p, double* to, std::uint32_t stream, Fill fill, Random random, bool odd) {
  const std::span<double> x(to, all_points(p) * static_cast<std::size_t>(p.dim));
  if (fill == Fill::integers)
    fill_integers(random.key, stream, -8, 8, x);
  else
    fill_normal(random.key, stream, x);
  constexpr double values[] = {nan, inf, -inf};
  if (fill == Fill::hostile && odd) x[x.size() / 2] = values[p.points % 3];
}

// From 0.05 to 1.05, or 1 and halves of it.
void fill_noise(const score::LossProblem& p, const float* to, Fill fill, Random random) {
  if (p.kind != Matching::denoising) return;
  std::vector<double> noise(static_cast<std::size_t>(p.levels));
  fill_uniform(random.key, 4, noise);
  for (std::size_t i = 0; i < noise.size(); ++i)
    const_cast<float*>(to)[i] = fill == Fill::integers ? std::ldexp(1.0f, -static_cast<int>(i % 4)) : static_cast<float>(0.05 + noise[i]);
}

Known loss_of(const score::LossProblem& p, const ScoreLoss::Args<>& a, std::int64_t level, double u) {
  double sum = 0, sizes = 0, error = 0, terms = 0;
  bool overflows = false;
  const auto add = [&](double term, double off) {
    sum += term;
    sizes += std::fabs(term) + off;
    error += off;
    ++terms;
    overflows = overflows || (std::isfinite(term) && std::fabs(term) > 0x1p126);
  };
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const double noise = p.kind == Matching::denoising ? static_cast<double>(a.noise[level]) : 1;
  for (std::int64_t i = level * p.points; i < (level + 1) * p.points; ++i) {
    if (p.kind == Matching::implicit) add(static_cast<double>(a.divergence[i]), 0);
    if (p.kind == Matching::sliced) {
      const Known q = dot(a.other + i * p.dim, a.s + i * p.dim, p.dim, u);
      add(q.value * q.value / 2, (std::fabs(q.value) + q.error / 2) * q.error + 2 * u * q.value * q.value);
    }
    for (std::int64_t at = i * p.dim; at < (i + 1) * p.dim; ++at) {
      if (is_sliced(p.kind)) add(a.other[at] * a.product[at], 2 * u * std::fabs(a.other[at] * a.product[at]));
      if (p.kind == Matching::sliced) continue;
      const Known r = residual(p.kind, a.s[at], pair ? a.other[at] : 0, noise, u);
      const double factor = pair ? 1 : 0.5;
      add(factor * r.value * r.value, factor * ((2 * std::fabs(r.value) + r.error) * r.error + 2 * u * r.value * r.value));
    }
  }
  Known loss{sum / p.points, (error + growth(terms) * numerics::u64 * sizes + terms * lost_below(u)) / p.points};
  loss.error += 2 * u * (std::fabs(loss.value) + loss.error);
  if (!std::isfinite(loss.value)) loss.error = 0;
  if (overflows && !std::isnan(loss.value)) loss.error = inf;
  return loss;
}

} // namespace

std::string ScoreLoss::refuse(const Problem& p) {
  if (p.levels < 1) return "levels=" + std::to_string(p.levels) + ": must be at least 1";
  if (p.points < 1) return "points=" + std::to_string(p.points) + ": the mean of nothing is not defined";
  if (p.dim < 1) return "dim=" + std::to_string(p.dim) + ": must be at least 1";
  return {};
}

void ScoreLoss::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  fill_points(p, const_cast<double*>(a.s), 0, fill, random, true);
  if (p.kind != Matching::implicit) fill_points(p, const_cast<double*>(a.other), 1, fill, random, false);
  if (is_sliced(p.kind)) fill_points(p, const_cast<double*>(a.product), 2, fill, random, false);
  fill_noise(p, a.noise, fill, random);
  if (p.kind != Matching::implicit) return;
  std::vector<double> divergence(all_points(p));
  if (fill == Fill::integers)
    fill_integers(random.key, 3, -8, 8, divergence);
  else
    fill_normal(random.key, 3, divergence);
  for (std::size_t i = 0; i < divergence.size(); ++i) const_cast<float*>(a.divergence)[i] = static_cast<float>(divergence[i]);
}

Work ScoreLoss::work(const Problem& p, const Numerics&) {
  return {static_cast<double>(all_points(p)) * p.dim * (p.kind == Matching::implicit ? 2 : p.kind == Matching::denoising ? 4 : 3)};
}

std::vector<Truth> ScoreLoss::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample) {
  Truth truth;
  for (std::int64_t level = 0; level < p.levels; ++level) {
    const Known loss = loss_of(p, before, level, n.add);
    truth.value.push_back(loss.value);
    truth.bound.push_back(loss.error);
  }
  return {truth};
}

void ScoreLossBwd::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  fill_points(p, const_cast<double*>(a.s), 0, fill, random, true);
  if (p.kind != Matching::implicit && p.kind != Matching::reduced) fill_points(p, const_cast<double*>(a.other), 1, fill, random, false);
  fill_noise(p, a.noise, fill, random);
}

Work ScoreLossBwd::work(const Problem& p, const Numerics&) {
  return {static_cast<double>(all_points(p)) * p.dim * (p.kind == Matching::implicit || p.kind == Matching::reduced ? 1 : 3)};
}

std::vector<Truth> ScoreLossBwd::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample sample) {
  const std::int64_t of_level = std::int64_t{p.points} * p.dim, count = p.levels * of_level;
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
      const double noise = p.kind == Matching::denoising ? static_cast<double>(before.noise[at / of_level]) : 1;
      y = residual(p.kind, s, pair ? before.other[at] : 0, noise, u);
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
