// The chi-square tails against positive series in extended precision, and what rests on them.
#include "reference/projection/jl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "reference/random.hpp"

namespace assay::jl {
namespace {

// h^a e^-h / Gamma(a + 1): what F_2a(2h) loses from a to a + 1.
long double step(long double a, long double h) { return std::exp(a * std::log(h) - h - std::lgamma(a + 1)); }

// F_d(x) = sum_{k >= 0} step(d/2 + k): positive terms, no cancellation. Cut where the geometric rest is below 1e-20 of the sum.
long double lower_tail(long double d, long double x) {
  const long double h = x / 2;
  long double a = d / 2, term = step(a, h), sum = term;
  while (term * h > 1e-20L * sum * (a + 1 - h)) {
    a += 1;
    term *= h / a;
    sum += term;
  }
  return sum;
}

// Q_d(x) for integer d: e^-h or erfc(sqrt h), plus step(a) for a = d/2 - 1, d/2 - 2 ... down to 1 or 1/2.
long double upper_tail(int d, long double x) {
  const long double h = x / 2;
  long double a = d / 2.0L - 1, sum = d % 2 == 0 ? std::exp(-h) : std::erfc(std::sqrt(h));
  for (long double term = step(a, h); a > 0; a -= 1) {
    sum += term;
    term *= a / h;
  }
  return sum;
}

TEST(ChiSquaredTails, AgreeWithPositiveSeries) {
  for (const double eps : {.02, .1, .3, .5, .9})
    for (const int d : {1, 2, 3, 5, 10, 33, 64, 128, 301, 1000, 2999, 10590, 20000}) {
      const double low = d * (1 - eps), high = d * (1 + eps);
      const auto [lower, upper] = chi_squared_tails(d, low, high);
      const auto want_lower = static_cast<double>(lower_tail(d, low)), want_upper = static_cast<double>(upper_tail(d, high));
      EXPECT_NEAR(lower, want_lower, tail_error * want_lower) << "d = " << d << ", eps = " << eps;
      EXPECT_NEAR(upper, want_upper, tail_error * want_upper) << "d = " << d << ", eps = " << eps;
    }
}

TEST(ChiSquaredTails, TakeRealDegreesOfFreedom) {
  for (const double d : {.5, 3.6, 71.24, 1647.25}) {
    const auto want = static_cast<double>(lower_tail(d, d * .7));
    EXPECT_NEAR(chi_squared_tails(d, d * .7, d * 1.3).lower, want, tail_error * want) << "d = " << d;
  }
}

TEST(BadPairProbability, HasThePrintedValues) {
  const auto [lower, upper] = chi_squared_tails(128, 64, 192);
  EXPECT_NEAR(upper, 2.16798821e-4, .5e-12);
  EXPECT_NEAR(lower, 4.1e-7, .5e-8);
  EXPECT_NEAR(pairs_of(64) * bad_pair_probability(64, .5), 12.502, .5e-3);
  EXPECT_NEAR(pairs_of(256) * bad_pair_probability(128, .5), 7.090, .5e-3);
  EXPECT_NEAR(pairs_of(256) * bad_pair_probability(300, .3), 12.230, .5e-3);
}

// The bisections rest on it.
TEST(BadPairProbability, DecreasesInTheDimension) {
  for (const double eps : {.1, .3, .5, .9}) {
    double before = 1;
    for (double d = .5; d < 400; d += .5) {
      const double p = bad_pair_probability(d, eps);
      EXPECT_LT(p, before) << "d = " << d << ", eps = " << eps;
      before = p;
    }
  }
}

TEST(MinimalDimension, IsDecidedFarFromTheErrorOfTheTails) {
  for (const double eps : {.1, .2, .3, .5})
    for (int power = 4; power <= 30; power += 2) {
      const double pairs = pairs_of(std::exp2(power));
      const auto d = static_cast<double>(minimal_dimension(pairs, eps, .5));
      EXPECT_LE(pairs * bad_pair_probability(d, eps) * (1 + tail_error), .5) << "n = 2^" << power << ", eps = " << eps;
      EXPECT_GT(pairs * bad_pair_probability(d - 1, eps) * (1 - tail_error), .5) << "n = 2^" << power << ", eps = " << eps;
    }
}

TEST(MinimalDimension, IsOneWhereNothingIsAsked) { EXPECT_EQ(minimal_dimension(1, .5, 1), 1); }

TEST(DimensionAt, SolvesTheEquation) {
  for (const double n : {4.0, 16.0, 1024.0, 1e9}) {
    const double pairs = pairs_of(n), d = dimension_at(pairs, .5, .5);
    EXPECT_NEAR(pairs * bad_pair_probability(d, .5), .5, 1e-9) << "n = " << n;
    EXPECT_EQ(std::ceil(d), static_cast<double>(minimal_dimension(pairs, .5, .5))) << "n = " << n;
  }
}

TEST(AsymptoticSlope, HasThePrintedValues) {
  EXPECT_NEAR(asymptotic_slope(.5), 42.312, .5e-3);
  EXPECT_NEAR(asymptotic_slope(.3), 106.28, .5e-2);
  EXPECT_NEAR(asymptotic_slope(.2), 226.26, .5e-2);
  EXPECT_NEAR(asymptotic_slope(.1), 852.91, .5e-2);
}

// Sizes around the eight points that are handled side by side, against the definition.
TEST(CountBadPairs, CountsWhatTheDefinitionSays) {
  for (const int n : {0, 1, 2, 7, 8, 9, 20}) {
    Cloud cloud(n, 12);
    fill_normal(key_of("jl_test"), static_cast<std::uint32_t>(n), cloud.y);
    const auto squared = [](int i, int j) { return 1.0 + (i + j) % 3; };
    const std::vector<int> dims = {1, 5, 12};
    std::vector<std::int64_t> bad(dims.size()), want(dims.size());
    count_bad_pairs(cloud, dims, .5, squared, bad);
    for (std::size_t g = 0; g < dims.size(); ++g)
      for (int i = 0; i < n; ++i)
        for (int j = i + 1; j < n; ++j) {
          double sum = 0;
          for (int k = 0; k < dims[g]; ++k) sum += std::pow(cloud.at(i, k) - cloud.at(j, k), 2);
          want[g] += std::fabs(sum / (dims[g] * squared(i, j)) - 1) > .5;
        }
    EXPECT_EQ(bad, want) << "n = " << n;
  }
}

} // namespace
} // namespace assay::jl
