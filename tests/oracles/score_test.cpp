// What the claims of score_wasserstein rest on. Tolerances are derived; beside most of them stands a nearby wrong value that
// they must not let through.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/op.hpp"
#include "reference/score/bound_integral.hpp"
#include "reference/score/gaussian_mixture.hpp"
#include "reference/score/quantile_push.hpp"
#include "reference/score/rk4.hpp"
#include "reference/score/vp_schedule.hpp"

namespace assay {
namespace {

using math::Estimate, math::Function;
using score::Field, score::GaussianMixture, score::VpSchedule;

constexpr double u = numerics::u64;
const GaussianMixture uneven{{{0.3, -1.5, 0.25}, {0.6, 1, 0.5}, {0.1, 3, 0.01}}};

double normal_density(double x, double mean, double variance) {
  return std::exp(-(x - mean) * (x - mean) / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
}

TEST(Quadrature, RulesHaveTheirDegree) {
  const math::PairedRule& rule = math::gauss_kronrod_rule();
  const auto moment_error = [&](const std::vector<double>& weight, int power) {
    double sum = 0;
    for (std::size_t k = 0; k < rule.node.size(); ++k) sum += weight[k] * std::pow(rule.node[k], power);
    return std::fabs(sum - 2.0 / (power + 1));
  };
  for (const int power : {0, 2, 14, 28}) EXPECT_LE(moment_error(rule.gauss, power), growth(31) * u * 2);
  for (const int power : {0, 2, 28, 46}) EXPECT_LE(moment_error(rule.kronrod, power), growth(31) * u * 2);
  EXPECT_GT(moment_error(rule.gauss, 30), growth(31) * u * 2);
  EXPECT_TRUE(std::is_sorted(rule.node.begin(), rule.node.end()));
}

TEST(Quadrature, ErrorEstimateIsHonest) {
  struct Known {
    const char* name;
    Function f;
    double from, to, truth, largest_error; // an estimate above that would be useless
  };
  const double e = std::numbers::e;
  const Known list[] = {
      {"smooth", [](double x) { return std::exp(x); }, 0, 1, e - 1, 1e-14},
      {"long interval", [](double x) { return std::sin(x); }, 0, 10, 1 - std::cos(10.0), 1e-6},
      {"longer interval", [](double x) { return std::fabs(x - 70); }, 0, 200, 2450 + 8450, 1e2},
      {"backward", [](double x) { return std::exp(x); }, 1, 0, 1 - e, 1e-14},
      {"peak", [](double x) { return 1 / (1 + 25 * x * x); }, -1, 1, 0.4 * std::atan(5.0), 0.1},
      {"kink", [](double x) { return std::fabs(x - 1 / 3.0); }, 0, 1, 5 / 18.0, 1e-2},
      {"root", [](double x) { return std::sqrt(x); }, 0, 1, 2 / 3.0, 1e-3},
  };
  for (const Known& known : list) {
    const Estimate one = math::gauss_kronrod(known.f, known.from, known.to);
    EXPECT_LE(std::fabs(one.value - known.truth), one.error) << known.name;
    EXPECT_LE(one.error, known.largest_error) << known.name;
  }
  // The error scales with the interval as the value does.
  const Estimate unit = math::gauss_kronrod([](double x) { return std::fabs(x - 1 / 3.0); }, 0, 1);
  const Estimate wide = math::gauss_kronrod([](double x) { return std::fabs(x / 64 - 1 / 3.0); }, 0, 64);
  EXPECT_NEAR(wide.error, 64 * unit.error, 64 * 1e-12);
}

TEST(Quadrature, PanelsGradeTowardsZero) {
  const std::vector<double> edges = math::graded_edges(1, 1e-3, 1.0 / 32);
  EXPECT_EQ(edges.front(), 0);
  EXPECT_EQ(edges.back(), 1);
  EXPECT_EQ(edges[1], 1e-3);
  for (std::size_t k = 1; k < edges.size(); ++k) {
    EXPECT_GT(edges[k], edges[k - 1]);
    EXPECT_LE(edges[k] - edges[k - 1], 1.5 / 32);
  }
  EXPECT_EQ(math::graded_edges(0, 1e-3, 1).size(), 1U);
  const double layer = 1e-3; // int_0^1 exp(-t/layer): the panels see the layer, one rule does not
  const Function f = [&](double t) { return std::exp(-t / layer); };
  const Estimate graded = math::integrate(f, edges);
  EXPECT_LE(std::fabs(graded.value - layer), graded.error);
  EXPECT_LE(graded.error, 1e-12 * layer);
  EXPECT_GT(math::gauss_kronrod(f, 0, 1).error, 1e-3 * layer);
}

TEST(VpSchedule, VarianceSolvesItsEquation) {
  const VpSchedule schedule{0.1, 19.9};
  const Field moments = [&](double t, std::span<const double> y, std::span<double> slope) {
    slope[0] = -schedule.b(t) / 2 * y[0];
    slope[1] = schedule.b(t) * (1 - y[1]);
  };
  const score::Flow flow = score::rk4_doubled(moments, {1, 0.04}, 0, 0.7, 4096);
  EXPECT_NEAR(schedule.mean_factor(0.7), flow.value[0], flow.error[0]);
  EXPECT_NEAR(schedule.variance(0.04, 0.7), flow.value[1], flow.error[1]);
  EXPECT_GT(std::fabs(schedule.variance(0.04 + 1e-9, 0.7) - flow.value[1]), flow.error[1]);
  EXPECT_NEAR(schedule.variance(0, 1e-20), 1e-21, 4 * u * 1e-21); // no cancellation in 1 - a^2
}

TEST(GaussianMixture, QuantileInvertsCdf) {
  for (double z = -8; z <= 8; z += 0.25) {
    const auto tail = [&](double x) { return z > 0 ? uneven.survival(x) : uneven.cdf(x); };
    const double x = uneven.quantile_at(z), wanted = std::erfc(std::fabs(z) / std::numbers::sqrt2) / 2;
    // Rounding of the arguments of both erfc, worth 2 z^2 u each, and of x itself.
    const double slack = (8 + 4 * z * z) * u * wanted + 2 * u * std::fabs(x) * std::exp(uneven.log_density(x));
    EXPECT_NEAR(tail(x), wanted, slack) << z;
    EXPECT_GT(std::fabs(tail(x + 1e-11) - wanted), slack) << z;
  }
  EXPECT_NEAR(uneven.cdf(0.3) + uneven.survival(0.3), 1, 8 * u);
}

TEST(GaussianMixture, ScoreIsTheSlopeOfLogDensity) {
  for (const double from : {-9.0, -2.0, -0.1, 0.9, 2.5, 3.0}) {
    std::vector<double> edges;
    for (int k = 0; k <= 32; ++k) edges.push_back(from + k / 32.0);
    const double rise = uneven.log_density(from + 1) - uneven.log_density(from);
    const double rounding = 8 * u * (std::fabs(uneven.log_density(from + 1)) + std::fabs(uneven.log_density(from)));
    const Estimate integral = math::integrate([](double x) { return uneven.score(x); }, edges);
    EXPECT_NEAR(integral.value, rise, integral.error + rounding) << from;
    const Estimate off = math::integrate([](double x) { return uneven.score(x) + 1e-3; }, edges);
    EXPECT_GT(std::fabs(off.value - rise), off.error + rounding) << from;
  }
}

TEST(GaussianMixture, FarTailsStayFinite) {
  EXPECT_NEAR(uneven.score(-1e4), (1e4 + 1) / 0.5, 8 * u * 2e4); // the widest component alone is left
  EXPECT_TRUE(std::isfinite(uneven.log_density(1e4)));
  EXPECT_TRUE(std::isnan(uneven.score(std::numeric_limits<double>::quiet_NaN())));
  const GaussianMixture one{{{1, 2, 0.5}}};
  EXPECT_EQ(one.score(3), -2); // one component: linear, no rounding here
}

TEST(GaussianMixture, DiffusesByConvolution) {
  const VpSchedule schedule{0.1, 9.9};
  const double t = 0.3, a = schedule.mean_factor(t);
  const GaussianMixture later = diffuse(uneven, schedule, t);
  std::vector<double> edges;
  for (int k = -80; k <= 80; ++k) edges.push_back(k / 10.0);
  for (const double x : {-2.0, 0.3, 1.9}) {
    const auto joint = [&](double x0) { return std::exp(uneven.log_density(x0)) * normal_density(x, a * x0, 1 - a * a); };
    const Estimate density = math::integrate(joint, edges);
    EXPECT_NEAR(std::exp(later.log_density(x)), density.value, density.error + 1e2 * u);
  }
}

TEST(GaussianMixture, LipschitzConstantIsAttained) {
  const GaussianMixture pair{{{0.5, -1, 0.25}, {0.5, 1, 0.25}}};
  const double h = 1e-4, quotient = (pair.score(h) - pair.score(-h)) / (2 * h);
  EXPECT_EQ(pair.one_sided_lipschitz(), 12);
  EXPECT_LE(quotient, 12 + 8 * u / h);
  EXPECT_GE(quotient, 12 * (1 - 1e-6)); // s = -x/v + m/v tanh(m x/v): relative change (m h/v)^2 / 3 at h
  EXPECT_THROW(static_cast<void>(uneven.one_sided_lipschitz()), std::invalid_argument);
}

TEST(Rk4, IsTheClassicalMethod) {
  // y' = y: one step multiplies by the Taylor polynomial of order four.
  const Field linear = [](double, std::span<const double> y, std::span<double> slope) { slope[0] = y[0]; };
  const double h = 0.25, factor = 1 + h + h * h / 2 + h * h * h / 6 + h * h * h * h / 24;
  EXPECT_NEAR(score::rk4(linear, {1}, 0, 2, 8)[0], std::pow(factor, 8), growth(100) * u * std::exp(2.0));
  // y' = f(t): Simpson's rule.
  const auto power = [](double p) -> Field {
    return [p](double t, std::span<const double>, std::span<double> slope) { slope[0] = std::pow(t, p); };
  };
  EXPECT_NEAR(score::rk4(power(3), {0}, 0, 1, 1)[0], 0.25, 4 * u);
  EXPECT_NEAR(score::rk4(power(4), {0}, 0, 1, 1)[0], 5 / 24.0, 4 * u);
  EXPECT_NEAR(score::rk4(power(3), {0.25}, 1, 0, 1)[0], 0, 4 * u); // backward
}

TEST(Rk4, DoublingCoversTheErrorOfOrderFour) {
  const Field logistic = [](double, std::span<const double> y, std::span<double> slope) { slope[0] = y[0] * (1 - y[0]); };
  const double truth = 1 / (1 + 3 * std::exp(-4.0));
  double coarse_error = 0;
  for (const int steps : {32, 64, 128}) {
    const score::Flow flow = score::rk4_doubled(logistic, {0.25}, 0, 4, steps);
    const double error = std::fabs(flow.value[0] - truth);
    EXPECT_LE(error, flow.error[0]);
    EXPECT_NEAR(flow.error[0] / error, 15, 1.5); // 7 at order three, 31 at order five
    if (coarse_error > 0) {
      EXPECT_NEAR(std::log2(coarse_error / error), 4, 0.1);
    }
    coarse_error = error;
  }
}

TEST(BoundIntegral, AgreesWithClosedForms) {
  const std::vector<double> edges = math::graded_edges(2, 1e-2, 0.25);
  const auto zero = [](Estimate) { return Estimate{}; };
  const auto rate = [](Estimate t) { return 3 - 2 * t; };
  const auto source = [&](Estimate t) { return rate(t) + 4; };
  // int_0^2 (rate + 4) I = I(2) - 1 + 4 int_0^2 I, the last by one plain quadrature.
  const Estimate growth_area = math::integrate([](Estimate t) { return exp((3 - t) * t); }, edges), last = exp(Estimate{2});
  const Estimate truth = last - 1 + 4 * growth_area + last * 0.5, bound = score::bound_integral(source, rate, edges, {0.5});
  const double slack = bound.error + truth.error;
  EXPECT_NEAR(bound.value, truth.value, slack);
  EXPECT_LE(slack, 1e-10);
  EXPECT_GT(std::fabs(score::bound_integral(source, rate, edges, {0.5 + 1e-9}).value - truth.value), slack);

  // Functions of plain numbers: the same value, and less to be said of it.
  const Function plain_rate = [](double t) { return 3 - 2 * t; }, plain_source = [](double t) { return 3 - 2 * t + 4; };
  const Estimate plain = score::bound_integral(plain_source, plain_rate, edges, {0.5});
  EXPECT_EQ(plain.value, bound.value);
  EXPECT_LT(plain.error, bound.error);

  const Estimate none = score::bound_integral(zero, rate, edges, {0.5, 0.01});
  EXPECT_NEAR(none.value, 0.5 * std::exp(2.0), none.error);
  EXPECT_GE(none.error, 0.01 * std::exp(2.0) * (1 - 8 * u));
  EXPECT_EQ(score::bound_integral(source, rate, {0}, {0.5}).value, 0.5);
}

TEST(BoundIntegral, OverflowIsVacuousNotAPass) {
  const Function one = [](double) { return 1.0; };
  const Estimate bound = score::bound_integral(one, [](double) { return 701.0; }, {0, 1}, {1, 0});
  EXPECT_TRUE(std::isinf(bound.value));
  EXPECT_FALSE(0.0 <= bound.value - bound.error);
  const Estimate passing = score::bound_integral(one, [](double t) { return t < 1 ? 705.0 : -705.0; }, {0, 2}, {1, 0});
  EXPECT_TRUE(std::isinf(passing.value)); // above the limit on the way, though not at the end
}

TEST(QuantilePush, DistanceOfGaussians) {
  const GaussianMixture p{{{1, 1, 4}}}, q{{{1, -2, 0.25}}};
  const Estimate w2 = score::quantile_distance([&](double z) { return p.quantile(z); }, [&](double z) { return q.quantile(z); });
  EXPECT_NEAR(w2.value, std::hypot(3, 1.5), w2.error);
  EXPECT_LE(w2.error, 1e-9);
}

// A second way to the same distance: follow data points forward to noise, where the flow contracts, with the Jacobian; then
// W2^2 = int (y - Q_p(z(y)))^2 phi(z(y)) z'(y) dy by the trapezoidal rule, which converges exponentially here.
double distance_from_data_space(double delta, double omega, double phi, int n, int steps) {
  const GaussianMixture data{{{0.5, -1, 0.25}, {0.5, 1, 0.25}}};
  const auto count = static_cast<std::size_t>(n);
  const double reach = 7, width = 2 * reach / n;
  const Field forward = [&](double t, std::span<const double> y, std::span<double> slope) {
    const double b = 0.1 + 9.9 * t, a = std::exp(-(0.1 * t + 4.95 * t * t) / 2), v = 1 - 0.75 * a * a;
    for (std::size_t i = 0; i < count; ++i) {
      const double x = y[i], th = std::tanh(a * x / v);
      slope[i] = -b / 2 * (x - x / v + a / v * th + delta * std::sin(omega * x + phi));
      slope[count + i] = -b / 2 * (1 - 1 / v + a * a / (v * v) * (1 - th * th) + delta * omega * std::cos(omega * x + phi));
    }
  };
  std::vector<double> start(2 * count, 0.0);
  for (std::size_t i = 0; i < count; ++i) start[i] = -reach + width * (static_cast<double>(i) + 0.5);
  const std::vector<double> image = score::rk4(forward, start, 0, 1, steps);
  double square = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double distance = start[i] - data.quantile_at(std::clamp(image[i], -9.0, 9.0));
    square += width * normal_density(image[i], 0, 1) * std::exp(image[count + i]) * distance * distance;
  }
  return std::sqrt(square);
}

TEST(QuantilePush, AgreesWithAComputationFromDataSpace) {
  const VpSchedule schedule{0.1, 9.9};
  const GaussianMixture data{{{0.5, -1, 0.25}, {0.5, 1, 0.25}}};
  struct Wave {
    double delta, omega, phi;
  };
  for (const Wave wave : {Wave{0.1, 1, 0}, Wave{0.1, 4, std::numbers::pi / 2}, Wave{0.5, 2, 0.3}}) {
    const Field velocity = [&](double t, std::span<const double> y, std::span<double> slope) {
      const GaussianMixture now = diffuse(data, schedule, t);
      for (std::size_t i = 0; i < y.size(); ++i)
        slope[i] = -schedule.b(t) / 2 * (y[i] + now.score(y[i]) + wave.delta * std::sin(wave.omega * y[i] + wave.phi));
    };
    const score::Quantile target = [&](double z) { return data.quantile(z); }, start = [](double z) { return Estimate{z}; };
    const Estimate w2 = score::quantile_push(target, start, velocity, 1, 0, 128);
    const double rough = distance_from_data_space(wave.delta, wave.omega, wave.phi, 1000, 256),
                 fine = distance_from_data_space(wave.delta, wave.omega, wave.phi, 2000, 512);
    EXPECT_NEAR(w2.value, fine, w2.error + std::fabs(fine - rough)) << wave.delta << ' ' << wave.omega;
    EXPECT_LE(w2.error + std::fabs(fine - rough), 1e-8);
    const Estimate few_steps = score::quantile_push(target, start, velocity, 1, 0, 8);
    EXPECT_NEAR(few_steps.value, fine, few_steps.error + std::fabs(fine - rough));
    EXPECT_GT(std::fabs(few_steps.value - fine), 1e-8); // so that the estimate had something to say
    // What it costs not to look for the steep part of the quantile map: the panels' own error must say so.
    const Estimate loose = score::quantile_push(target, start, velocity, 1, 0, 128, 1);
    EXPECT_NEAR(loose.value, fine, loose.error + std::fabs(fine - rough));
  }
}

} // namespace
} // namespace assay
