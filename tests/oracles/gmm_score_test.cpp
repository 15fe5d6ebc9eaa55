// The mixture's reference against independent methods: differences of ln p in long double, with L solved by elimination instead of
// inverted; a closed form; and losses against moments. Tolerances are derived.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "reference/random.hpp"
#include "reference/score/gmm_score.hpp"
#include "reference/score/score_loss_bwd.hpp"

namespace assay {
namespace {

using score::Covariance, score::Matching;
using Real = long double;

// A number with its first two derivatives along a line.
struct Jet {
  Real value = 0, slope = 0, second = 0;
};
Jet operator+(const Jet& a, const Jet& b) { return {a.value + b.value, a.slope + b.slope, a.second + b.second}; }
Jet operator*(Real a, const Jet& b) { return {a * b.value, a * b.slope, a * b.second}; }
Jet operator*(const Jet& a, const Jet& b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope, a.second * b.value + 2 * a.slope * b.slope + a.value * b.second};
}
Jet exp(const Jet& a) { return std::exp(a.value) * Jet{1, a.slope, a.second + a.slope * a.slope}; }
Jet log(const Jet& a) {
  const Real slope = a.slope / a.value;
  return {std::log(a.value), slope, a.second / a.value - slope * slope};
}

struct Mixture {
  GmmScore::Problem p;
  std::vector<double> x, s;
  std::vector<float> weight, mean, factor;

  explicit Mixture(const GmmScore::Problem& problem, Fill fill = Fill::normal) : p(problem) {
    std::size_t factors = 1;
    for (const std::int64_t extent : GmmScore::factor_shape(p)) factors *= static_cast<std::size_t>(extent);
    const auto n = static_cast<std::size_t>(p.points), d = static_cast<std::size_t>(p.dim), count = static_cast<std::size_t>(p.components);
    x.resize(n * d), weight.resize(count), mean.resize(count * d), factor.resize(factors);
    GmmScore::Args<> a = args();
    GmmScore::fill(p, a, fill, {key_of("gmm oracle")});
  }
  GmmScore::Args<> args() { return {x.data(), weight.data(), mean.data(), factor.data(), nullptr, nullptr, nullptr}; }
  std::vector<Truth> truth(const Numerics& n = numerics::f32) { return GmmScore::truth(p, args(), n, {}); }

  // ln p at a point moving along axis e, by the definition: no maximum, no inverse.
  Jet log_density(const double* at, std::size_t e) const {
    const auto d = static_cast<std::size_t>(p.dim);
    Jet density;
    for (std::size_t k = 0; k < weight.size(); ++k) {
      std::vector<Jet> z(d);
      Jet q;
      Real volume = 1;
      for (std::size_t i = 0; i < d; ++i) {
        z[i] = {static_cast<Real>(mean[k * d + i]) - static_cast<Real>(at[i]), i == e ? -1.0L : 0.0L, 0};
        Real pivot = 0;
        if (p.covariance == Covariance::cholesky) {
          for (std::size_t j = 0; j < i; ++j) z[i] = z[i] + -static_cast<Real>(factor[(k * d + i) * d + j]) * z[j];
          pivot = factor[(k * d + i) * d + i];
        } else {
          pivot = factor[p.covariance == Covariance::isotropic ? k : k * d + i];
        }
        z[i] = 1 / pivot * z[i];
        volume *= pivot * std::sqrt(2 * std::numbers::pi_v<Real>);
        q = q + z[i] * z[i];
      }
      density = density + static_cast<Real>(weight[k]) / volume * exp(-0.5L * q);
    }
    return log(density);
  }
};

// Value, slope and second derivative. What the reference computes in double is within the bound that a variant in double would have.
TEST(GmmScore, IsTheGradientOfTheLogDensity) {
  for (const Covariance covariance : {Covariance::isotropic, Covariance::diagonal, Covariance::cholesky}) {
    Mixture mixture({.points = 12, .dim = 3, .components = 4, .covariance = covariance});
    const std::vector<Truth> truth = mixture.truth(numerics::f64);
    for (std::size_t i = 0; i < 12; ++i) {
      Real trace = 0;
      for (std::size_t e = 0; e < 3; ++e) {
        const Jet jet = mixture.log_density(mixture.x.data() + 3 * i, e);
        trace += jet.second;
        EXPECT_NEAR(truth[0].value[3 * i + e], static_cast<double>(jet.slope), truth[0].bound[3 * i + e]);
        EXPECT_NEAR(truth[1].value[i], static_cast<double>(jet.value), truth[1].bound[i]);
      }
      EXPECT_NEAR(truth[2].value[i], static_cast<double>(trace), truth[2].bound[i]);
      EXPECT_LT(truth[2].bound[i], 1e-9);
    }
  }
}

// s = -x / v + (m / v) tanh(m.x / v), whose Jacobian has the trace -d / v + |m|^2 / v^2 sech^2; also where all exponents are below -700.
TEST(GmmScore, OfASymmetricPairIsClosed) {
  Mixture mixture({.points = 3, .dim = 2, .components = 2});
  mixture.weight = {0.5f, 0.5f};
  mixture.mean = {1, 0.5f, -1, -0.5f};
  mixture.factor = {0.5f, 0.5f};
  mixture.x = {0.01, -0.005, 0.3, 0.2, 40, -35};
  const std::vector<Truth> truth = mixture.truth(numerics::f64);
  const double v = 0.25;
  for (std::size_t i = 0; i < 3; ++i) { // the closed form itself has a few roundings
    const double x = mixture.x[2 * i], y = mixture.x[2 * i + 1], t = std::tanh((x + 0.5 * y) / v);
    EXPECT_NEAR(truth[0].value[2 * i], (t - x) / v, truth[0].bound[2 * i] + 8 * numerics::u64 * (1 + std::fabs(x)) / v);
    EXPECT_NEAR(truth[0].value[2 * i + 1], (0.5 * t - y) / v, truth[0].bound[2 * i + 1] + 8 * numerics::u64 * (1 + std::fabs(y)) / v);
    EXPECT_NEAR(truth[2].value[i], -2 / v + 1.25 / (v * v) * (1 - t * t),
                truth[2].bound[i] + 16 * numerics::u64 * (2 / v + 1.25 / (v * v)));
    EXPECT_LT(truth[2].bound[i], 1e-9 * (1 + (x * x + y * y) / (v * v))); // far out the difference of two squares of s
  }
  EXPECT_LT(truth[1].value[2], -700);
  EXPECT_LT(mixture.truth()[1].bound[2], 2e-2); // decided in fp32, too
}

// The most positive slope of that score is -1 / v + |m|^2 / v^2, along m at the origin.
TEST(GmmScore, OneSidedConstantIsAttainedBetweenTheModes) {
  Mixture mixture({.points = 2, .dim = 1, .components = 2});
  mixture.weight = {0.5f, 0.5f};
  mixture.mean = {1, -1};
  mixture.factor = {0.5f, 0.5f};
  mixture.x = {1e-5, -1e-5};
  const std::vector<Truth> truth = mixture.truth();
  EXPECT_NEAR((truth[0].value[0] - truth[0].value[1]) / 2e-5, -4 + 16, 16 * 16 * 1e-10 + 1e-9); // tanh y = y - y^3 / 3
}

TEST(GmmScore, OneComponentIsLinearToTheLastFewUnits) {
  for (const Covariance covariance : {Covariance::isotropic, Covariance::diagonal}) {
    Mixture mixture({.points = 5, .dim = 2, .components = 1, .covariance = covariance});
    const std::vector<Truth> truth = mixture.truth();
    for (std::size_t i = 0; i < 10; ++i) {
      const double sigma = mixture.factor[covariance == Covariance::diagonal ? i % 2 : 0];
      const double s = (mixture.mean[i % 2] - mixture.x[i]) / (sigma * sigma);
      EXPECT_NEAR(truth[0].value[i], s, 9 * numerics::u64 * std::fabs(s));        // roundings: five there, four here
      EXPECT_LT(truth[0].bound[i], 16 * numerics::u32 * std::fabs(s) + 0x1p-120); // no error of a weight
    }
  }
}

// A NaN or an infinity takes its own point only.
TEST(GmmScore, WhatIsNotFiniteStaysWithItsPoint) {
  Mixture mixture({.points = 3, .dim = 2, .components = 3});
  mixture.x[2] = std::numeric_limits<double>::infinity();
  mixture.x[5] = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Truth> truth = mixture.truth();
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(std::isnan(truth[0].value[i]), i >= 2);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(std::isnan(truth[1].value[i]), i >= 1);
    EXPECT_EQ(std::isnan(truth[2].value[i]), i >= 1);
  }
}

// A component without weight is no component.
TEST(GmmScore, ZeroWeightIsAbsence) {
  Mixture with({.points = 6, .dim = 2, .components = 3}), without({.points = 6, .dim = 2, .components = 2});
  with.weight[2] = 0;
  without.x = with.x;
  for (std::size_t k = 0; k < 2; ++k) without.weight[k] = with.weight[k], without.factor[k] = with.factor[k];
  for (std::size_t k = 0; k < 4; ++k) without.mean[k] = with.mean[k];
  EXPECT_EQ(with.truth()[0].value, without.truth()[0].value);
  EXPECT_EQ(with.truth()[1].value, without.truth()[1].value);
}

// --- losses ---------------------------------------------------------------------------------------------------------------

double loss_of(Matching kind, const std::vector<double>& s, const std::vector<double>& other, const std::vector<double>& product,
               const std::vector<float>& divergence, int points, float noise = 1) {
  const ScoreLoss::Problem p{.kind = kind, .levels = 1, .points = points, .dim = static_cast<int>(s.size()) / points};
  return ScoreLoss::truth(p, {s.data(), other.data(), product.data(), &noise, divergence.data(), nullptr}, numerics::f32, {})[0].value[0];
}

TEST(ScoreLoss, ByHand) {
  const std::vector<double> s = {1, 2, -1, 3}, other = {0, 1, 2, -2}, product = {1, 1, 0.5, 4};
  EXPECT_EQ(loss_of(Matching::exact, s, other, {}, {}, 2), (1 + 1 + 9 + 25) / 2.0);
  EXPECT_EQ(loss_of(Matching::denoising, s, other, {}, {}, 2, 0.5), (1 + 16 + 9 + 1) / 2.0);
  EXPECT_EQ(loss_of(Matching::implicit, s, {}, {}, {3, -1}, 2), (2.5 + 3 + 5 - 1) / 2.0);
  EXPECT_EQ(loss_of(Matching::sliced, s, other, product, {}, 2), (2 + 1 + 32 + 1 - 8) / 2.0);
  EXPECT_EQ(loss_of(Matching::reduced, s, other, product, {}, 2), (2.5 + 1 + 5 + 1 - 8) / 2.0);
}

TEST(ScoreLoss, EachLevelHasItsOwnLossAndNoise) {
  const std::vector<double> s = {1, 2, std::nan(""), 3, -1, 0.5}, z = {0, 1, 2, -2, 1, 1};
  const std::vector<float> noise = {1, 0.5f, 0.25f};
  const ScoreLoss::Problem p{.kind = Matching::denoising, .levels = 3, .points = 1, .dim = 2};
  const std::vector<double> loss =
      ScoreLoss::truth(p, {s.data(), z.data(), nullptr, noise.data(), nullptr, nullptr}, numerics::f32, {})[0].value;
  EXPECT_EQ(loss[0], 1 + 9);
  EXPECT_TRUE(std::isnan(loss[1]));
  EXPECT_EQ(loss[2], 9 + 4.5 * 4.5);
  const Truth gradient = ScoreLossBwd::truth(p, {s.data(), z.data(), noise.data(), nullptr}, numerics::f32, {})[0];
  EXPECT_EQ(gradient.value[1], 2 * 3);
  EXPECT_EQ(gradient.value[3], 2 * -1);
  EXPECT_EQ(gradient.value[4], 2 * 3);
}

// All losses are quadratic in s: central differences are exact but for rounding.
TEST(ScoreLoss, GradientsAreDifferences) {
  constexpr int points = 3, dim = 4;
  constexpr float noise = 0.7f;
  std::vector<double> s(points * dim), other(s.size()), product(s.size());
  fill_normal(key_of("loss oracle"), 0, s);
  fill_normal(key_of("loss oracle"), 1, other);
  fill_normal(key_of("loss oracle"), 2, product);
  const std::vector<float> divergence = {1, 2, 3};
  for (const Matching kind : {Matching::exact, Matching::denoising, Matching::implicit, Matching::sliced, Matching::reduced}) {
    const ScoreLoss::Problem p{.kind = kind, .levels = 1, .points = points, .dim = dim};
    const Truth gradient = ScoreLossBwd::truth(p, {s.data(), other.data(), &noise, nullptr}, numerics::f32, {})[0];
    for (std::size_t i = 0; i < s.size(); ++i) {
      std::vector<double> up = s, down = s;
      up[i] += 0.5, down[i] -= 0.5;
      const double difference =
          loss_of(kind, up, other, product, divergence, points, noise) - loss_of(kind, down, other, product, divergence, points, noise);
      EXPECT_NEAR(gradient.value[i], difference, 100 * 30 * numerics::u64) << static_cast<int>(kind) << ' ' << i;
    }
  }
}

} // namespace
} // namespace assay
