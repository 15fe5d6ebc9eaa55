// A score that is steep where no data are: what is seen on samples of p_t bounds nothing.
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "reference/score/bound_integral.hpp"
#include "reference/score/gaussian_mixture.hpp"
#include "reference/score/one_sided.hpp"
#include "reference/score/quantile_push.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, seen_taken_for_certified, no_step, exact_start };

// Variance exploding process: f = 0, g = 1, v_t = v_0 + t, and the ODE's h = 1/2.
constexpr double v0 = 0.01, end = 1, h = 0.5, height = 20, place = 6, width = 0.05;
double variance(double t) { return v0 + t; }
double step(double x) { return height / (1 + std::exp(-(x - place) / width)); }
double model(double x, double t, int broken) { return -x / variance(t) + (broken == no_step ? 0 : step(x)); }

// E|step|^2 under N(0, v): as good as nothing, for the step is six standard deviations away, or more.
double score_error(double t) {
  const double root = std::sqrt(variance(t));
  const auto integrand = [&](double x) {
    return std::exp(-x * x / (2 * variance(t))) * step(x) * step(x) / root / std::sqrt(2 * std::numbers::pi);
  };
  const math::Estimate square = math::integrate(integrand, {0, 2, 4, 5, 5.5, 6, 6.5, 7, 8, 10, 13});
  return std::sqrt(square.value + square.error); // larger is the safe side of every check below
}

// Five standard deviations of p_t, on both sides.
score::OneSided seen(double t, int broken) {
  std::vector<double> points;
  for (int i = -50; i <= 50; ++i) points.push_back(i / 10.0 * std::sqrt(variance(t)));
  score::OneSided constant = score::seen_on([&](double x) { return -x / variance(t) + (broken == no_step ? 0 : step(x)); }, points);
  constant.certified = broken == seen_taken_for_certified;
  return constant;
}

bool refused(const std::function<void()>& bound) {
  try {
    bound();
  } catch (const std::logic_error&) {
    return true;
  }
  return false;
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double away = broken == exact_start ? 0 : 12;
  const std::vector<double> edges = math::graded_edges(end, 1e-3, 1.0 / 16);
  const auto source = [](double t) { return h * score_error(t); };
  const auto with = [&](const std::function<double(double)>& constant) {
    return score::bound_integral(source, [&](double t) { return h * constant(t); }, edges, {away, 0});
  };

  const score::Field velocity = [&](double t, std::span<const double> y, std::span<double> slope) {
    for (std::size_t i = 0; i < y.size(); ++i) slope[i] = -h * model(y[i], t, broken);
  };
  const score::GaussianMixture data{{{1, 0, v0}}}, start{{{1, away, variance(end)}}};
  const math::Estimate w2 = score::quantile_push([&](double z) { return data.quantile(z); }, [&](double z) { return start.quantile(z); },
                                                 velocity, end, 0, 512, 1e-6);
  inquiry.check(golden("W2(p_0,q_0)", w2.value, "2.769", w2.error));

  const math::Estimate on_samples = with([&](double t) { return seen(t, broken).value; });
  inquiry.check(golden("right side with the constant seen on samples", on_samples.value, "1.194", on_samples.error));
  inquiry.check(inequality("the distance is above that", on_samples.value + on_samples.error, w2.value - w2.error));
  const bool refuses = refused([&] { with([&](double t) { return seen(t, broken).bound(); }); });
  inquiry.check(identity("that constant is refused as not certified", refuses ? 0 : 1, 0, 0));

  // The step adds 20 / (4 0.05) = 100 to the slope.
  const auto certified = [&](double t) {
    const score::OneSided linear = score::of_linear({-1 / variance(t)}, 1), all = linear + score::of_step(height, width);
    return (broken == no_step || broken == seen_taken_for_certified ? linear : all).bound();
  };
  const math::Estimate bound = with(certified);
  inquiry.check(inequality("W2(p_0,q_0) <= bound with the certified constant", w2.value + w2.error, bound.value - bound.error));
  inquiry.row("w2", {{"w2", w2.value}, {"seen", on_samples.value}, {"bound", bound.value}});
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/h2-needed",
     .statement = "Where the score is steep outside the data, the one-sided constant seen on samples of p_t gives a right side below "
                  "W2(p_0,q_0); it is refused, and the certified constant bounds",
     .source = "hypothesis H2; reference/score/one_sided.hpp",
     .kind = Kind::bound,
     .broken_by = {"a constant seen on samples is taken for certified", "the score has no step", "q_T = p_T"},
     .ask = ask});

} // namespace
} // namespace assay
