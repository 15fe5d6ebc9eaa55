// The coupling of the proof, watched: pairs of paths x and y driven by the same noise. Exact transitions, no steps to be small.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/line.hpp"

namespace assay {
namespace {

enum Broken { none, noise_of_their_own, starts_of_their_own, no_error };
constexpr double v0 = 0.25, factor = 1.2, shift = 0.5; // s = -1.2 x / v_t - 1/2
constexpr int steps = 32;

using Law = math::Gaussian;

// (x, y) from `from` down to `to`: x with the true score, y with the model.
score::Moments joint(double kappa, const Law& start, double from, double to, int rk4_steps) {
  const auto drift = [&](double t) -> score::Linear {
    const double b = line::schedule.b(t), h = line::h(kappa, t), v = line::schedule.variance(v0, t);
    return {{-b / 2 + h / v, 0, 0, -b / 2 + h * factor / v}, {0, h * shift}};
  };
  const auto noise = [&](double t) { return std::vector<double>(4, kappa * line::schedule.b(t)); };
  return score::carry(drift, noise, start, from, to, rk4_steps);
}

// One step of both: x -> factor[0] x + offset[0] + root[0] n, y -> factor[1] y + offset[1] + root[1] n + root[2] n', n and n' normal.
struct Step {
  double factor[2], offset[2], root[3];
};

Step step_of(double kappa, double from, double to, int broken) {
  const Law still = joint(kappa, {{0, 0}, {0, 0, 0, 0}}, from, to, 16).law, ones = joint(kappa, {{1, 1}, {0, 0, 0, 0}}, from, to, 16).law;
  const std::vector<double>& s = still.covariance;
  Step step{{ones.mean[0] - still.mean[0], ones.mean[1] - still.mean[1]}, {still.mean[0], still.mean[1]}, {0, 0, 0}};
  if (kappa == 0) return step;
  step.root[0] = std::sqrt(s[0]);
  step.root[1] = broken == noise_of_their_own ? 0 : s[1] / step.root[0];
  step.root[2] = std::sqrt(std::max(0.0, s[3] - step.root[1] * step.root[1]));
  return step;
}

// int_t^1 h eps exp(int_t^r rate) dr with eps^2 = shift^2 + (factor - 1)^2 / v_r: the theorem's right side over [t, 1].
math::Estimate right_side(double kappa, double t, int broken) {
  const auto source = [&](double r) {
    const double square = shift * shift + (factor - 1) * (factor - 1) / line::schedule.variance(v0, t + r);
    return broken == no_error ? 0 : line::h(kappa, t + r) * std::sqrt(square);
  };
  const auto rate = [&](double r) {
    return line::schedule.b(t + r) / 2 - line::h(kappa, t + r) * factor / line::schedule.variance(v0, t + r);
  };
  return score::bound_integral(source, rate, line::edges(1 - t), {0, 0});
}

// E|x - y|^2; its error is at most twice that of the covariance in the Frobenius norm, and that of the squared mean.
math::Estimate squared_gap(const score::Moments& moments) {
  const std::vector<double>& s = moments.law.covariance;
  const double mean = moments.law.mean[0] - moments.law.mean[1], off = std::sqrt(2.0) * moments.mean_error;
  return {s[0] - 2 * s[1] + s[3] + mean * mean, 2 * moments.covariance_error + off * (2 * std::fabs(mean) + off)};
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.shared-noise");
  const std::uint32_t pairs = inquiry.thorough ? 100000 : 4000;
  for (const int kappa : {0, 1}) {
    const std::string at = kappa == 0 ? ", ODE" : ", SDE";
    const double v = line::schedule.variance(v0, 1);
    std::vector<double> x(pairs), y(pairs);
    for (std::uint32_t i = 0; i < pairs; ++i) {
      const auto [first, second] = normals(key, 0, i);
      x[i] = std::sqrt(v) * first;
      y[i] = inquiry.broken == starts_of_their_own ? std::sqrt(v) * second : x[i]; // q_T = p_T, coupled optimally
    }
    math::Estimate gap;
    for (int k = steps; k > 0; --k) {
      const double from = static_cast<double>(k) / steps, to = static_cast<double>(k - 1) / steps;
      for (std::uint32_t i = 0; i < 6 && inquiry.broken == none; ++i)
        inquiry.row("paths", {{"kappa", kappa}, {"pair", i}, {"t", from}, {"x", x[i]}, {"y", y[i]}});
      const Step step = step_of(kappa, from, to, inquiry.broken);
      for (std::uint32_t i = 0; i < pairs; ++i) {
        const auto [first, second] = normals(key, static_cast<std::uint32_t>(k), i);
        x[i] = step.factor[0] * x[i] + step.offset[0] + step.root[0] * first;
        y[i] = step.factor[1] * y[i] + step.offset[1] + step.root[1] * first + step.root[2] * second;
      }
      if ((k - 1) % 8 != 0) continue;
      gap = squared_gap(joint(kappa, {{0, 0}, {v, v, v, v}}, 1, to, 1024));
      const math::Estimate right = right_side(kappa, to, inquiry.broken);
      inquiry.check(inequality("(E|D_t|^2)^(1/2) <= right side over [t,1], t = " + std::to_string(to).substr(0, 4) + at,
                               std::sqrt(gap.value + gap.error), right.value - right.error));
    }
    double sum = 0, squares = 0;
    for (std::uint32_t i = 0; i < pairs; ++i) {
      const double square = (x[i] - y[i]) * (x[i] - y[i]);
      sum += square;
      squares += square * square;
      if (i < 6 && inquiry.broken == none) inquiry.row("paths", {{"kappa", kappa}, {"pair", i}, {"t", 0}, {"x", x[i]}, {"y", y[i]}});
    }
    const double mean = sum / pairs, error = std::sqrt((squares / pairs - mean * mean) / pairs);
    inquiry.check(sampled("mean |D_0|^2 over pairs of paths = E|D_0|^2" + at, (mean - gap.value) / error, 1e-8));
    inquiry.row("gap", {{"kappa", kappa}, {"pairs", pairs}, {"mean", mean}, {"standard_error", error}, {"expected", gap.value}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/shared-noise",
     .statement = "Driven by the same noise, paths with the true score and with the model's stay within the theorem's right side of each "
                  "other, in mean square and at every time",
     .source = "the proof in the suite's README",
     .kind = Kind::sampled,
     .broken_by = {"x and y have noise of their own", "x and y start independently", "eps = 0"},
     .ask = ask});

} // namespace
} // namespace assay
