// The laws and constants of score_wasserstein's theorem, by independent methods; beside them nearby wrong values that must not pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/op.hpp"
#include "reference/random.hpp"
#include "reference/score/bound_integral.hpp"
#include "reference/score/fokker_planck.hpp"
#include "reference/score/girsanov.hpp"
#include "reference/score/linear_gauss.hpp"
#include "reference/score/one_sided.hpp"

namespace assay {
namespace {

using math::Estimate;
using math::Gaussian;
constexpr double u = numerics::u64;

double density(double x, double mean, double variance) {
  return std::exp(-(x - mean) * (x - mean) / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
}

TEST(GaussianW2, CommutingCovariancesInClosedForm) {
  const double c = std::cos(0.7), s = std::sin(0.7);
  const auto turned = [&](double v, double w) {
    return std::vector<double>{c * c * v + s * s * w, c * s * (v - w), c * s * (v - w), s * s * v + c * c * w};
  };
  const Gaussian p{{1, 2}, turned(4, 0.25)}, q{{-2, 6}, turned(1, 2.25)};
  const Estimate w2 = math::gaussian_w2(p, q);
  EXPECT_NEAR(w2.value, std::sqrt(25 + 1 + 1.0), w2.error);
  EXPECT_LE(w2.error, 1e-13);
  EXPECT_NEAR(math::gaussian_w2(p, p).value, 0, math::gaussian_w2(p, p).error);
  const Gaussian line{{0, 0}, turned(1, 0)}, point{{0, 0}, turned(0, 0)}; // singular ones
  EXPECT_NEAR(math::gaussian_w2(line, point).value, 1, math::gaussian_w2(line, point).error);
  EXPECT_THROW(static_cast<void>(math::gaussian_w2(p, {{0, 0}, turned(1, -1)})), std::invalid_argument);
}

// In two dimensions tr (A^{1/2} B A^{1/2})^{1/2} = sqrt(tr AB + 2 sqrt(det AB)).
TEST(GaussianW2, TraceFormInTwoDimensions) {
  const Gaussian p{{0, 0}, {2, 0.5, 0.5, 1}}, q{{0, 0}, {0.7, -0.4, -0.4, 3}};
  const double product = 2 * 0.7 + 2 * 0.5 * -0.4 + 1 * 3, determinants = (2 - 0.25) * (2.1 - 0.16);
  const double square = 3 + 3.7 - 2 * std::sqrt(product + 2 * std::sqrt(determinants));
  const Estimate w2 = math::gaussian_w2(p, q);
  EXPECT_NEAR(w2.value, std::sqrt(square), w2.error + 1e1 * u * 6.7 / std::sqrt(square));
}

// Close covariances: W2^2 = 1/2 sum H_ij^2 / (l_i + l_j) to leading order, below what a difference of traces can hold.
TEST(GaussianW2, SmallDistancesAreNotCancelled) {
  const double h = 1e-8;
  const Gaussian p{{0, 0}, {1, 0, 0, 0.5}}, q{{0, 0}, {1 + 2 * h, 3 * h, 3 * h, 0.5 - h}};
  const double square = h * h / 2 * (4 / 2.0 + 2 * 9 / 1.5 + 1 / 1.0);
  EXPECT_NEAR(math::gaussian_w2(p, q).value, std::sqrt(square), 1e1 * u + 1e1 * h * std::sqrt(square));
}

// dx = M x + c with noise, against Euler-Maruyama's exact moment recursion, extrapolated.
TEST(LinearGauss, MomentsAgainstARecursion) {
  const std::vector<double> m = {-1, 2, -0.5, -0.3}, c = {1, -1}, noise = {0.5, 0.1, 0.1, 0.2};
  const auto recursion = [&](int steps) {
    const double h = 1.0 / steps;
    std::vector<double> z = {1, 2, 1, 0, 0, 1}; // mean, covariance
    const double a[4] = {1 + h * m[0], h * m[1], h * m[2], 1 + h * m[3]};
    for (int k = 0; k < steps; ++k) {
      const double s00 = z[2], s01 = z[3], s11 = z[5];
      const double x = a[0] * z[0] + a[1] * z[1] + h * c[0], y = a[2] * z[0] + a[3] * z[1] + h * c[1];
      z = {x,
           y,
           a[0] * a[0] * s00 + 2 * a[0] * a[1] * s01 + a[1] * a[1] * s11 + h * noise[0],
           a[0] * a[2] * s00 + (a[0] * a[3] + a[1] * a[2]) * s01 + a[1] * a[3] * s11 + h * noise[1],
           0,
           a[2] * a[2] * s00 + 2 * a[2] * a[3] * s01 + a[3] * a[3] * s11 + h * noise[3]};
    }
    return z;
  };
  const score::LinearAt drift = [&](double) { return score::Linear{m, c}; };
  const score::MatrixAt diffusion = [&](double) { return noise; };
  const score::Moments moments = score::carry(drift, diffusion, {{1, 2}, {1, 0, 0, 1}}, 0, 1, 256);
  const std::vector<double> rough = recursion(20000), fine = recursion(40000);
  const double value[] = {moments.law.mean[0],      moments.law.mean[1], moments.law.covariance[0], moments.law.covariance[1], 0,
                          moments.law.covariance[3]};
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U}) EXPECT_NEAR(value[i], 2 * fine[i] - rough[i], 1e-8) << i;
  EXPECT_LE(moments.mean_error + moments.covariance_error, 1e-9);
  EXPECT_EQ(moments.law.covariance[1], moments.law.covariance[2]);

  // Without noise, backward undoes forward; with noise, both add to the variance.
  const score::MatrixAt none = [](double) { return std::vector<double>(4, 0); };
  const score::Moments there = score::carry(drift, none, {{1, 2}, {1, 0, 0, 1}}, 0, 1, 256),
                       back = score::carry(drift, none, there.law, 1, 0, 256);
  EXPECT_NEAR(back.law.covariance[0], 1, 1e-8);
  const score::LinearAt still = [](double) { return score::Linear{{0, 0, 0, 0}, {0, 0}}; };
  EXPECT_NEAR(score::carry(still, diffusion, {{0, 0}, {1, 0, 0, 1}}, 1, 0, 4).law.covariance[0], 1.5, 1e-14);
}

TEST(LinearGauss, RadiusCoversAMovedCovariance) {
  score::Moments moments{{{0, 0}, {1, 0.2, 0.2, 0.05}}, 0, 1e-4};
  Gaussian moved = moments.law;
  moved.covariance[3] -= 1e-4;
  const Estimate w2 = math::gaussian_w2(moments.law, moved);
  EXPECT_LE(w2.value, score::w2_radius(moments) + w2.error);
  EXPECT_GE(w2.value, score::w2_radius(moments) / 10); // and is not far too wide
}

const score::VpSchedule schedule{0.1, 9.9};
const score::GaussianMixture data{{{0.5, -1, 0.25}, {0.5, 1, 0.25}}};
double normal_cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

score::Backward sampler(double delta, double omega, double phi) {
  return {[=](double t, const std::vector<double>& x, std::vector<double>& drift) {
            const score::GaussianMixture now = diffuse(data, schedule, t);
            const double b = schedule.b(t);
            for (std::size_t i = 0; i < x.size(); ++i)
              drift[i] = -b / 2 * x[i] - b * (now.score(x[i]) + delta * std::sin(omega * x[i] + phi));
          },
          [](double t) { return schedule.b(t) / 2; }, 1, 0};
}

TEST(FokkerPlanck, OrnsteinUhlenbeckInClosedForm) {
  // Backward from 1: dx/dtau = -2 (x - 1), sigma^2 / 2 = .5, so variance -> .25, mean -> 1.
  const score::Backward process{[](double, const std::vector<double>& x, std::vector<double>& drift) {
                                  for (std::size_t i = 0; i < x.size(); ++i) drift[i] = 2 * (x[i] - 1);
                                },
                                [](double) { return 0.5; }, 1, 0};
  const double mean = 1 - std::exp(-2.0), spread = std::sqrt(0.25 + 0.75 * std::exp(-4.0));
  double coarser = 0;
  for (const int cells : {100, 200}) {
    const Estimate off = score::fokker_planck_distance(
        process, normal_cdf, [&](double z) { return mean + spread * z; }, 7, cells, cells);
    EXPECT_LE(off.value, off.error); // the distance to its own law is 0
    EXPECT_LE(off.error, 4e-3 * (100.0 * 100) / (cells * cells));
    if (coarser > 0) {
      EXPECT_NEAR(std::log2(coarser / off.error), 2, 0.3);
    }
    coarser = off.error;
  }
  const Estimate shifted = score::fokker_planck_distance(
      process, normal_cdf, [&](double z) { return mean + 0.1 + spread * z; }, 7, 200, 200);
  EXPECT_NEAR(shifted.value, 0.1, shifted.error);
  const score::LawAtFaces law = score::finite_volumes(process, normal_cdf, 7, 50, 10);
  EXPECT_NEAR(law.below.back(), 1, 1e-11); // no mass is lost but what N(0,1) has beyond 7
}

// A second way to the law of the SDE: Euler-Maruyama's own transition densities, integrated over by the trapezoidal rule, and
// extrapolated twice in the step. Nothing is shared with finite volumes but the drift.
double distance_by_transitions(double delta, double omega, double phi, int steps) {
  constexpr int n = 200;
  constexpr double reach = 7, width = 2 * reach / n;
  const score::Backward process = sampler(delta, omega, phi);
  std::vector<double> x, q, next(n + 1), drift(n + 1);
  for (int i = 0; i <= n; ++i) {
    x.push_back(-reach + width * i);
    q.push_back(density(x.back(), 0, 1));
  }
  // Steps are equal in the integral of b, so that none has too narrow a kernel for the grid.
  const double whole = schedule.integral(1);
  const auto time_of = [&](double integral) {
    return (-schedule.b0 + std::sqrt(schedule.b0 * schedule.b0 + 2 * schedule.b1 * integral)) / schedule.b1;
  };
  for (int k = 0; k < steps; ++k) {
    const double high = time_of(whole * (steps - k) / steps), low = time_of(whole * (steps - k - 1.0) / steps), t = (high + low) / 2;
    process.drift(t, x, drift);
    const double variance = schedule.integral(high) - schedule.integral(low);
    const double time = variance / schedule.b(t);
    std::fill(next.begin(), next.end(), 0);
    for (std::size_t i = 0; i <= n; ++i) {
      const double centre = x[i] - drift[i] * time, sigmas = 8 * std::sqrt(variance);
      const int first = std::max(0, static_cast<int>((centre - sigmas + reach) / width));
      const int last = std::min(n, static_cast<int>((centre + sigmas + reach) / width) + 1);
      for (int j = first; j <= last; ++j)
        next[static_cast<std::size_t>(j)] += width * q[i] * density(x[static_cast<std::size_t>(j)], centre, variance);
    }
    q = next;
  }
  // W2^2 = int (x - Q(F(x)))^2 q dx; F by the trapezoidal rule with its end correction, from the nearer end.
  double square = 0;
  std::vector<double> below(n + 1, 0);
  for (std::size_t i = 1; i <= n; ++i) below[i] = below[i - 1] + width / 2 * (q[i - 1] + q[i]);
  for (std::size_t i = 1; i < n; ++i) {
    const double slope = (q[i + 1] - q[i - 1]) / (2 * width), cdf = below[i] - width * width / 12 * slope;
    double low = -8, high = 8;
    for (int halving = 0; halving < 60; ++halving) ((normal_cdf((low + high) / 2) < cdf) ? low : high) = (low + high) / 2;
    const double distance = x[i] - data.quantile_at(low);
    square += width * q[i] * distance * distance;
  }
  return std::sqrt(square);
}

TEST(FokkerPlanck, AgreesWithTransitionDensities) {
  struct Wave {
    double delta, omega, phi, w2;
  };
  for (const Wave wave : {Wave{0.1, 1, std::numbers::pi / 2, 0.17477423}, Wave{0.5, 2, 0.3, 0.17480731}}) {
    const Estimate w2 = score::fokker_planck_distance(
        sampler(wave.delta, wave.omega, wave.phi), normal_cdf, [](double z) { return data.quantile_at(z); }, 7, 300, 300);
    const double rough = distance_by_transitions(wave.delta, wave.omega, wave.phi, 200),
                 middle = distance_by_transitions(wave.delta, wave.omega, wave.phi, 400),
                 fine = distance_by_transitions(wave.delta, wave.omega, wave.phi, 800);
    const double once = 2 * fine - middle, before = 2 * middle - rough, twice = (4 * once - before) / 3;
    EXPECT_NEAR(w2.value, twice, w2.error + std::fabs(twice - once));
    EXPECT_NEAR(twice, wave.w2, std::fabs(twice - once));
    EXPECT_LE(std::fabs(twice - once), 5e-5);
  }
}

TEST(OneSided, MixtureBallsAndUncertifiedOnes) {
  // Two means: the ball is half of their distance. An equilateral triangle: its circumscribed circle.
  const double pair = score::of_equal_mixture({-1, 1}, 1, 0.25).bound(), exact = -4 + 16;
  EXPECT_GE(pair, exact);
  EXPECT_LE(pair, exact + 0.1);
  const double root = std::sqrt(3.0);
  const score::OneSided triangle = score::of_equal_mixture({1, 0, -0.5, root / 2, -0.5, -root / 2}, 2, 0.5);
  EXPECT_GE(triangle.bound(), -2 + 4 * (1 - 4 * u));
  EXPECT_LE(triangle.bound(), -2 + 4 * 1.01);
  const std::vector<double> grid = {-1, 0, 1};
  const score::OneSided seen = score::seen_on([](double x) { return 2 * x; }, grid);
  EXPECT_EQ(seen.value, 2);
  EXPECT_THROW(static_cast<void>(seen.bound()), std::logic_error);
  EXPECT_THROW(static_cast<void>((seen + score::of_wave(1, 1)).bound()), std::logic_error);
  EXPECT_EQ((score::of_linear({-1, 5, -5, -2}, 2) + score::of_step(20, 0.05)).bound(), -1 + 100);
}

TEST(OneSided, BoundsWhatIsSeen) {
  const score::GaussianMixture uneven{{{0.3, -1.5, 0.25}, {0.6, 1, 0.5}, {0.1, 3, 0.04}}};
  std::vector<double> points;
  for (double x = -4; x <= 4; x += 1e-3) points.push_back(x);
  const double seen = score::seen_on([&](double x) { return uneven.score(x); }, points).value;
  EXPECT_LE(seen, score::of_mixture_between(uneven, -4, 4).bound());
  const score::GaussianMixture narrow_and_wide{{{0.5, 0, 1}, {0.5, 0, 0.25}}}; // nothing is said beyond the interval
  const double beyond = score::seen_on([&](double x) { return narrow_and_wide.score(x); }, points).value;
  EXPECT_LE(beyond, score::of_mixture_between(narrow_and_wide, -4, 4).bound());
  EXPECT_GT(beyond, score::of_mixture_between(narrow_and_wide, -0.1, 0.1).bound());

  // A net of 16 units in three dimensions: symmetric part of Ds by its formula at many points.
  const std::uint64_t key = key_of("one-sided net");
  std::vector<double> w1(48), w2(48), bias(16);
  fill_normal(key, 0, w1);
  fill_normal(key, 1, w2);
  fill_normal(key, 2, bias);
  const double certified = score::of_softplus_net(w1, w2, 3, 16).bound();
  double most = -1e9;
  for (std::uint32_t draw = 0; draw < 2000; ++draw) {
    std::vector<double> x(3), slope(9, 0);
    fill_normal(key, 3 + draw, x);
    for (std::size_t k = 0; k < 16; ++k) {
      double in = bias[k];
      for (std::size_t i = 0; i < 3; ++i) in += w1[k * 3 + i] * 3 * x[i];
      for (std::size_t i = 0; i < 9; ++i) slope[i] += w2[i / 3 * 16 + k] * w1[k * 3 + i % 3] / (1 + std::exp(-in));
    }
    most = std::max(most, score::of_linear(slope, 3).bound());
  }
  EXPECT_LE(most, certified);
  EXPECT_GE(most, certified / 10);
}

TEST(WeightedBound, ConstantRatesInClosedForm) {
  // h = 2, weight = 1/2, eps = 3, rate = -1: (8 int e^{-2t})^{1/2} (9/2)^{1/2} + e^{-1} W.
  const auto constant = [](double c) { return [c](Estimate) { return Estimate{c}; }; };
  const Estimate bound = score::weighted_bound(constant(2), constant(3), constant(0.5), constant(-1), {0, 0.5, 1}, {0.25, 0});
  const Estimate truth = sqrt(8 * (1 - exp(Estimate{-2})) / 2 * 4.5) + exp(Estimate{-1}) / 4;
  EXPECT_NEAR(bound.value, truth.value, bound.error + truth.error);
  EXPECT_LE(bound.error, 1e-10);
}

TEST(Girsanov, GaussianKlByQuadrature) {
  std::vector<double> edges;
  for (double x = -10; x <= 10; x += 0.5) edges.push_back(x);
  const auto integrand = [](double x) { return density(x, 0.5, 0.7) * std::log(density(x, 0.5, 0.7) / density(x, -0.2, 1.3)); };
  const Estimate kl = math::integrate(integrand, edges);
  EXPECT_NEAR(score::gaussian_kl(0.5, 0.7, -0.2, 1.3), kl.value, kl.error + 1e2 * u);
  EXPECT_NEAR(score::gaussian_kl(0, 1, 0, 1 + 1e-8), 2.5e-17, 1e-23); // r - ln(1 + r) is not cancelled to nothing, (r^2)/4
}

TEST(Quadrature, AdaptivePanelsFindAPeak) {
  const math::Function peak = [](double x) { return 1e-3 / (1e-6 + x * x); };
  const double truth = 2 * std::atan(1e3);
  const Estimate one = math::gauss_kronrod(peak, -1, 1), many = math::integrate_adaptively(peak, {-1, 1}, 1e-13, 20);
  EXPECT_GT(one.error, 1e-2);
  EXPECT_NEAR(many.value, truth, many.error + 1e1 * u * truth);
  EXPECT_LE(many.error, 1e-11);
  EXPECT_GT(math::integrate_adaptively(peak, {-1, 1}, 1e-13, 2).error, 1e-6); // halvings end, the error tells
}

} // namespace
} // namespace assay
