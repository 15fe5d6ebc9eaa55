#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "reference/op.hpp"
#include "reference/particles/exact_law.hpp"
#include "reference/particles/test_function.hpp"
#include "reference/particles/weak_residual.hpp"
#include "suites/harness/inquiry.hpp"

namespace {

using namespace assay;
using namespace assay::particles;
using Kind = TestFunction::Kind;

constexpr double u = numerics::u64;
const score::VpSchedule schedule{0.1, 19.9};
const score::GaussianMixture mixture{{{0.3, -1.5, 0.09}, {0.7, 1, 0.25}}};
const score::GaussianMixture gaussian{{{1, 1.5, 0.09}}};
const Ou ou{1, 0.8};

std::vector<double> even_edges(double from, double to, int panels) {
  std::vector<double> edges;
  for (int k = 0; k <= panels; ++k) edges.push_back(from + (to - from) * k / panels);
  return edges;
}

// Derivative by central differences extrapolated twice; error: the last correction, and rounding of `scale` over the step.
template <class F> math::Estimate derivative(F f, double x, double step, double scale) {
  const auto central = [&](double h) { return (f(x + h) - f(x - h)) / (2 * h); };
  const double a = central(step), b = central(step / 2), c = central(step / 4);
  const double ab = b + (b - a) / 3, bc = c + (c - b) / 3, best = bc + (bc - ab) / 15;
  return {best, std::fabs(best - bc) + 32 * u * scale / step};
}

double mean_of(const TestFunction& phi, const score::GaussianMixture& law) {
  double mean = 0;
  for (const score::Component& c : law.components) mean += c.weight * transition(phi, c.mean, c.variance);
  return mean;
}

TEST(ExactLaw, VariancePreservingMoments) { // printed to six and seven digits
  const score::GaussianMixture at = law(gaussian, instant(schedule, 0.3));
  EXPECT_NEAR(at.components[0].mean, 0.944325, 5e-7);
  EXPECT_NEAR(at.components[0].variance, 0.6393368, 5e-8);
}

TEST(ExactLaw, OrnsteinUhlenbeckIsASemigroup) {
  const score::GaussianMixture once = law(mixture, instant(ou, 0.7)), twice = law(law(mixture, instant(ou, 0.2)), instant(ou, 0.5));
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_NEAR(once.components[k].mean, twice.components[k].mean, 8 * u);
    EXPECT_NEAR(once.components[k].variance, twice.components[k].variance, 8 * u);
  }
}

TEST(ExactLaw, DensityHasMassOneAndItsRateMassZero) {
  const Instant now = instant(schedule, 0.1);
  const score::GaussianMixture at = law(mixture, now);
  const std::vector<double> edges = even_edges(-10, 10, 80);
  const math::Estimate mass = math::integrate([&](double x) { return density(at, x).value; }, edges);
  const math::Estimate rate = math::integrate([&](double x) { return density_rate(mixture, now, x).value; }, edges);
  const math::Estimate rounding =
      math::integrate([&](double x) { return density(at, x).error + density_rate(mixture, now, x).error; }, edges);
  EXPECT_NEAR(mass.value, 1, mass.error + rounding.value);
  EXPECT_NEAR(rate.value, 0, rate.error + rounding.value);
}

TEST(ExactLaw, DensityRateIsTheTimeDerivative) {
  for (const double x : {-3.0, -1.2, 0.0, 0.9, 2.5}) {
    const math::Estimate vp = derivative([&](double t) { return density(law(mixture, instant(schedule, t)), x).value; }, 0.1, 0.01, 1);
    EXPECT_NEAR(density_rate(mixture, instant(schedule, 0.1), x).value, vp.value, vp.error) << x;
    const math::Estimate o = derivative([&](double t) { return density(law(mixture, instant(ou, t)), x).value; }, 0.4, 0.05, 1);
    EXPECT_NEAR(density_rate(mixture, instant(ou, 0.4), x).value, o.value, o.error) << x;
  }
}

TEST(ExactLaw, DensityAgreesWithLogDensity) {
  for (const double x : {-4.0, -1.5, 0.2, 3.0})
    EXPECT_NEAR(density(mixture, x).value / std::exp(mixture.log_density(x)), 1, 8 * u * (8 + std::fabs(mixture.log_density(x))));
}

TEST(ExactLaw, DrawChoosesTheComponentByWeight) {
  EXPECT_DOUBLE_EQ(draw(mixture, 0.29, 0), -1.5);
  EXPECT_DOUBLE_EQ(draw(mixture, 0.31, 2), 2);
  EXPECT_DOUBLE_EQ(draw(mixture, 1 - u, -1), 0.5);
}

std::vector<TestFunction> functions() {
  std::vector<TestFunction> list = test_functions();
  for (const double n : {0.0, 1.0, 3.0, 5.0}) list.push_back({Kind::hermite, n});
  return list;
}

TEST(TestFunctions, GradientAndLaplacianAreDerivatives) {
  for (const TestFunction& phi : functions())
    for (const double x : {-1.7, -0.4, 0.3, 1.1, 1.6}) {
      const math::Estimate first = derivative([&](double y) { return jet(phi, y).value; }, x, 0.01, 300);
      const math::Estimate second = derivative([&](double y) { return jet(phi, y).gradient; }, x, 0.01, 300);
      EXPECT_NEAR(jet(phi, x).gradient, first.value, first.error) << name_of(phi) << " at " << x;
      EXPECT_NEAR(jet(phi, x).laplacian, second.value, second.error) << name_of(phi) << " at " << x;
    }
}

// The definitions once more, in 64-bit precision.
std::array<long double, 3> wide_jet(const TestFunction& phi, long double x) {
  const long double w = phi.place, s = phi.width, r = (x - w) / s, q = r * r;
  switch (phi.kind) {
    case Kind::cosine: return {std::cos(w * x), -w * std::sin(w * x), -w * w * std::cos(w * x)};
    case Kind::sine: return {std::sin(w * x), w * std::cos(w * x), -w * w * std::sin(w * x)};
    case Kind::gauss: return {std::exp(-q / 2), -(x - w) / (s * s) * std::exp(-q / 2), (q - 1) / (s * s) * std::exp(-q / 2)};
    case Kind::hermite: return {x * x - 1, 2 * x, 2};
    case Kind::bump: break;
  }
  if (q >= 1) return {0, 0, 0};
  const long double b = std::exp(-1 / (1 - q)), b1 = -b / ((1 - q) * (1 - q)),
                    b2 = b / std::pow(1 - q, 4.0L) - 2 * b / std::pow(1 - q, 3.0L);
  return {b, 2 * b1 * (x - w) / (s * s), 4 * b2 * q / (s * s) + 2 * b1 / (s * s)};
}

TEST(TestFunctions, RoundingStaysWithinItsBound) {
  for (const TestFunction& phi : test_functions())
    for (int i = -997; i <= 997; ++i) {
      const double x = i * 0.00431;
      const Jet got = jet(phi, x), bound = rounding(phi, x);
      const std::array<long double, 3> want = wide_jet(phi, x);
      EXPECT_LE(std::fabs(static_cast<double>(got.value - want[0])), bound.value) << name_of(phi) << " at " << x;
      EXPECT_LE(std::fabs(static_cast<double>(got.gradient - want[1])), bound.gradient) << name_of(phi) << " at " << x;
      EXPECT_LE(std::fabs(static_cast<double>(got.laplacian - want[2])), bound.laplacian) << name_of(phi) << " at " << x;
    }
}

TEST(TestFunctions, BumpVanishesOutsideItsSupportAndKeepsNaN) {
  const TestFunction bump{Kind::bump, 0.5, 1.5};
  for (const double x : {-1.0, 2.0, 7.0}) EXPECT_EQ(jet(bump, x).value, 0);
  EXPECT_EQ(support(bump)[0], -1);
  EXPECT_EQ(support(bump)[1], 2);
  EXPECT_TRUE(std::isnan(jet(bump, std::numeric_limits<double>::quiet_NaN()).laplacian));
}

TEST(TestFunctions, TransitionIsTheMeanOverTheStep) {
  const std::vector<double> edges = even_edges(-12, 12, 48);
  const double mean = 0.6, variance = 0.37;
  const auto normal = [](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); };
  for (const TestFunction& phi : functions()) {
    if (phi.kind == Kind::bump) {
      EXPECT_THROW(transition(phi, mean, variance), std::invalid_argument);
      continue;
    }
    const auto weighted = [&](double z) { return normal(z) * jet(phi, mean + std::sqrt(variance) * z).value; };
    const math::Estimate want = math::integrate(weighted, edges);
    const math::Estimate size =
        math::integrate([&](double z) { return (2 * z * z + 40) * std::fabs(weighted(z)) + 40 * normal(z); }, edges);
    EXPECT_NEAR(transition(phi, mean, variance), want.value, want.error + u * size.value) << name_of(phi);
    EXPECT_EQ(transition(phi, mean, 0), jet(phi, mean).value) << name_of(phi);
  }
}

TEST(WeakResidual, CombIsWithinItsBound) {
  // Noise and drift too small to move a double, and a belief under which P phi vanishes: the mean is phi(1.3) itself.
  const score::GaussianMixture point{{{1, 1.3, 0}}};
  const Comb comb{0.25, 16};
  const std::vector<TestFunction> waves = test_functions(comb);
  const std::array<Belief, 1> blind = {{{.diffusion = 1e300}}};
  const std::array<std::int64_t, 1> counts = {64};
  const Residual residual = martingale_residual({1e-60, 0}, point, {1, 1}, comb, blind, counts, 1)[0][0];
  for (std::size_t k = 0; k < waves.size(); ++k) {
    const double j = waves[k].place / comb.frequency;
    EXPECT_NEAR(residual.mean[k], jet(waves[k], 1.3).value, 4 * j * u + rounding(waves[k], 1.3).value + 64 * u) << name_of(waves[k]);
  }
}

// E M of the martingale residual under a belief, from the law of the Euler-Maruyama chain, which stays a mixture.
double predicted(const TestFunction& phi, const EulerMaruyama& em, const Belief& belief) {
  const double h = em.horizon / em.steps;
  score::GaussianMixture at = mixture;
  double mean = 0;
  for (int j = 0; j < em.steps; ++j) {
    const Instant now = instant(schedule, j * h);
    const auto moved = [&](double drift, double diffusion) {
      score::GaussianMixture next = at;
      const double factor = 1 - drift * now.decay * h;
      for (score::Component& c : next.components) {
        c.mean *= factor;
        c.variance = factor * factor * c.variance + diffusion * now.diffusion * h;
      }
      return next;
    };
    mean += mean_of(phi, moved(1, 1)) - mean_of(phi, moved(belief.drift, belief.diffusion));
    at = moved(1, 1);
  }
  return mean;
}

constexpr double alpha = 1e-9;

TEST(WeakResidual, MartingaleHasThePredictedMean) { // 0 for the true generator however long the step
  const std::array<Belief, 5> beliefs = {{{}, {1, 1.05}, {1.05, 1}, {1, 2}, {-1, 1}}};
  const std::array<std::int64_t, 1> counts = {8192};
  const Comb comb{0.25, 16};
  const std::vector<TestFunction> waves = test_functions(comb);
  for (const EulerMaruyama em : {EulerMaruyama{0.5, 25}, {0.5, 2}}) {
    const auto residuals = martingale_residual(schedule, mixture, em, comb, beliefs, counts, 7);
    for (std::size_t b = 0; b < beliefs.size(); ++b)
      for (std::size_t k = 0; k < waves.size(); ++k) {
        const Residual& one = residuals[b][0];
        EXPECT_LE(std::fabs(one.mean[k] - predicted(waves[k], em, beliefs[b])), normal_threshold(alpha) * one.error[k])
            << name_of(waves[k]) << ", belief " << b << ", steps " << em.steps;
      }
  }
}

TEST(WeakResidual, GeneratorHasThePredictedMean) {
  const std::array<Belief, 4> beliefs = {{{}, {1, 1.5}, {1.5, 1}, {-1, 1}}};
  const std::array<std::int64_t, 1> counts = {8192};
  const std::vector<TestFunction> list = test_functions();
  const auto residuals = generator_residual(ou, gaussian, 1, 4, list, beliefs, counts, 7);
  for (std::size_t k = 0; k < list.size(); ++k) {
    const auto over_time = [&](const Belief& part) { // of E f phi' or E g^2/2 phi''
      const auto mean = [&](double t) {
        const Instant now = instant(ou, t);
        const score::GaussianMixture at = law(gaussian, now);
        return math::integrate([&](double x) { return density(at, x).value * generator(list[k], now, part, x).value; },
                               even_edges(-6, 6, 30))
            .value;
      };
      return math::gauss_kronrod(mean, 0, 1).value;
    };
    const double drift = over_time({1, 0}), noise = over_time({0, 1});
    for (std::size_t b = 0; b < beliefs.size(); ++b) {
      const double want = (1 - beliefs[b].drift) * drift + (1 - beliefs[b].diffusion) * noise;
      EXPECT_LE(std::fabs(residuals[b][0].mean[k] - want), normal_threshold(alpha) * residuals[b][0].error[k])
          << name_of(list[k]) << ", belief " << b;
    }
  }
}

TEST(WeakResidual, FirstOrderInTheStepWouldBeBiased) {
  // For the noise alone a wave loses 1 - e^-c of itself in a step, c = w^2 g^2 h / 2, but c by h L phi.
  const EulerMaruyama em{0.5, 50};
  const TestFunction wave{Kind::cosine, 1};
  const double h = em.horizon / em.steps;
  score::GaussianMixture at = mixture;
  double bias = 0;
  for (int j = 0; j < em.steps; ++j) {
    const Instant now = instant(schedule, j * h);
    score::GaussianMixture next = at;
    for (score::Component& c : next.components) {
      c.mean *= 1 - now.decay * h;
      c.variance = (1 - now.decay * h) * (1 - now.decay * h) * c.variance + now.diffusion * h;
    }
    const math::Estimate first =
        math::integrate([&](double x) { return density(at, x).value * generator(wave, now, {}, x).value; }, even_edges(-8, 8, 80));
    bias += mean_of(wave, next) - mean_of(wave, at) - h * first.value;
    at = next;
  }
  const std::array<Belief, 1> truth = {{{}}};
  const std::array<std::int64_t, 1> counts = {8192};
  const double error = martingale_residual(schedule, mixture, em, {1, 1}, truth, counts, 7)[0][0].error[0];
  RecordProperty("bias", std::to_string(bias));
  EXPECT_GT(std::fabs(bias), normal_threshold(1e-6 / 32) * error * std::sqrt(8192.0 / (3 << 16)));
}

TEST(WeakResidual, CountsShareTheirParticles) {
  const std::array<Belief, 1> truth = {{{}}};
  const std::array<std::int64_t, 2> both = {128, 320};
  const std::array<std::int64_t, 1> last = {320};
  const auto two = martingale_residual(schedule, mixture, {0.5, 3}, {0.25, 4}, truth, both, 3);
  const auto one = martingale_residual(schedule, mixture, {0.5, 3}, {0.25, 4}, truth, last, 3);
  EXPECT_EQ(two[0][0].particles, 128);
  EXPECT_EQ(two[0][1].mean, one[0][0].mean);
  EXPECT_EQ(two[0][1].error, one[0][0].error);
  const std::array<std::int64_t, 1> odd = {100};
  EXPECT_THROW(martingale_residual(schedule, mixture, {0.5, 3}, {0.25, 4}, truth, odd, 3), std::invalid_argument);
}

TEST(WeakResidual, LargestZIsOverAllFunctions) { EXPECT_EQ(largest_z({4, {1, -6, 2}, {1, 2, 4}}), 3); }

} // namespace
