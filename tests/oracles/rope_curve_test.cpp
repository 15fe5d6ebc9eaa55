// The oracles of rotary positions with biases, each against another way to the same number.
#include "reference/rope/curve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "reference/math/cosine_integral.hpp"
#include "reference/op.hpp"
#include "reference/random.hpp"
#include "reference/rope/expected.hpp"
#include "reference/rope/profile.hpp"

namespace assay::rope {
namespace {

using Long = long double;

TEST(CosineIntegral, AgreesWithItsPowerSeries) {
  for (const double x : {1e-6, 1e-3, .1, 1., 2.5, 3.999, 4.001, 6.}) {
    Long ci = std::numbers::egamma_v<Long> + std::log(static_cast<Long>(x)), si = 0, power = 1; // power: x^k/k!
    for (int k = 1; k < 60; ++k) {
      power *= static_cast<Long>(x) / static_cast<Long>(k);
      const Long term = power / static_cast<Long>(k) * (k / 2 % 2 == 0 ? 1 : -1);
      (k % 2 == 0 ? ci : si) += term;
    }
    EXPECT_NEAR(math::cosine_integral(x), static_cast<double>(ci), 2e-15 * (1 + std::fabs(std::log(x)))) << x;
    EXPECT_NEAR(math::sine_integral(x), static_cast<double>(si), 2e-15) << x;
  }
}

TEST(CosineIntegral, BothFormsAgreeWithinWhatTheyState) {
  for (double x = 1e-4; x < 3000; x *= 1.7) {
    const math::CosineSine one = math::cosine_sine_by_auxiliary(x), two = math::cosine_sine_by_definition(x);
    EXPECT_NEAR(one.ci.value, two.ci.value, one.ci.error + two.ci.error) << x;
    EXPECT_NEAR(one.si.value, two.si.value, one.si.error + two.si.error) << x;
    EXPECT_NEAR(math::cosine_integral(x), two.ci.value, 4e-15 * (1 + std::fabs(std::log(x)))) << x;
  }
}

TEST(CosineIntegral, HasTabulatedValues) { // Abramowitz and Stegun, tables 5.1 and 5.3
  EXPECT_NEAR(math::cosine_integral(1), .3374039229, .5e-10);
  EXPECT_NEAR(math::sine_integral(1), .9460830704, .5e-10);
  EXPECT_NEAR(math::cosine_integral(10), -.0454564330, .5e-10);
  EXPECT_NEAR(math::sine_integral(10), 1.6583475942, .5e-10);
}

TEST(Curve, IsThatOfTheRotatedBiasesInExtendedPrecision) {
  for (const int d : {2, 6, 64}) {
    const std::vector<double> theta = frequencies(1e4, d);
    const std::uint64_t key = key_of("rope_curve_test");
    const Pairs a = normal_pairs(key, 0, d, 1), b = normal_pairs(key, 1, d, 1);
    for (const double m : {0., 3., 511., 100000.})
      for (const double n : {0., 5., 510.}) {
        Long want = 0, moduli = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
          const Long phase = (static_cast<Long>(n) - static_cast<Long>(m)) * static_cast<Long>(theta[i]);
          const Long c = std::cos(phase), s = std::sin(phase), re = b[i].real() * c - b[i].imag() * s,
                     im = b[i].imag() * c + b[i].real() * s;
          want += a[i].real() * re + a[i].imag() * im;
          moduli += std::abs(a[i]) * std::abs(b[i]);
        }
        const double score = dot(rotated(a, theta, m), rotated(b, theta, n)), slack = score_rounding(a, b, theta, m, n);
        EXPECT_NEAR(score, static_cast<double>(want), slack) << d << ' ' << m << ' ' << n;
        EXPECT_NEAR(bias_curve(pair_weights(a, b), theta, m - n), static_cast<double>(want), slack) << d << ' ' << m << ' ' << n;
        EXPECT_LT(slack, 1e-10 * static_cast<double>(moduli)); // no bound that anything would satisfy
      }
  }
}

TEST(Curve, SumsOverAllDistancesAreThoseOfEach) {
  for (const std::int64_t count : {0, 1, 255, 256, 257, 1000}) {
    const std::vector<double> theta = frequencies(5e5, 128), sums = cosine_sums(theta, count);
    ASSERT_EQ(sums.size(), static_cast<std::size_t>(count));
    for (std::size_t k = 0; k < sums.size(); ++k)
      EXPECT_NEAR(sums[k], cosine_sum(theta, static_cast<double>(k)), 2 * curve_rounding(5e5, 128, static_cast<double>(k))) << k;
  }
}

TEST(Curve, MeansOfAWindowAreThoseOfItsDistances) {
  const std::vector<double> theta = frequencies(1e4, 64);
  const Pairs w = normal_pairs(key_of("rope_curve_test"), 2, 64, 1);
  for (const auto& [from, to] : {std::pair(0, 1), std::pair(0, 8), std::pair(256, 512), std::pair(1000, 4001)}) {
    double sum = 0;
    for (int distance = from; distance < to; ++distance) sum += bias_curve(w, theta, distance);
    EXPECT_NEAR(window_mean(w, theta, from, to), sum / (to - from), 1e-11) << from;
  }
}

TEST(Variation, IsTheLimitOfSumsOfDifferences) {
  const auto by_steps = [](double (*f)(double), double from, double to) {
    double sum = 0, before = f(from);
    for (int k = 1; k <= 200000; ++k) {
      const double now = f(from + (to - from) * k / 200000);
      sum += std::fabs(now - before);
      before = now;
    }
    return sum;
  };
  for (const auto& [from, to] : {std::pair(0., 1.), std::pair(.3, 3.5), std::pair(2., 40.), std::pair(7., 7.)}) {
    EXPECT_NEAR(variation_of_cosine(from, to), by_steps([](double x) { return std::cos(x); }, from, to), 1e-6);
    EXPECT_NEAR(variation_of_sine(from, to), by_steps([](double x) { return std::sin(x); }, from, to), 1e-6);
  }
}

// The sums are trapezoid sums of an integral; near Delta = 0 the first of the three bounds decides, far out the last.
TEST(ClosedForm, HoldsWithinABoundThatIsNotVacuous) {
  for (const int d : {32, 64, 256})
    for (const double distance : {.01, .5, 3., 40., 1000., 50000.}) {
      const std::vector<double> theta = frequencies(1e4, d);
      const double c = cosine_closed_bound(1e4, d, distance), s = sine_closed_bound(1e4, d, distance), rounding = 1e-11;
      EXPECT_NEAR(cosine_sum(theta, distance), cosine_closed(1e4, d, distance).value(), c + rounding) << d << ' ' << distance;
      EXPECT_NEAR(sine_sum(theta, distance), sine_closed(1e4, d, distance).value(), s + rounding) << d << ' ' << distance;
      if (distance <= 1000) { // beyond the base nothing is resolved
        EXPECT_LT(c, d / 2.) << d << ' ' << distance;
      }
    }
}

TEST(LogLaw, HoldsWithinItsRemainder) {
  for (const int d : {64, 1024})
    for (const double from : {1., 10., 200.}) {
      const double h = log_step(1e4, d), law = (std::log(1e4) - std::log(from) - h - std::numbers::egamma) / h;
      EXPECT_NEAR(log_period_mean(1e4, d, from), law, log_law_remainder(1e4, d, from)) << d << ' ' << from;
    }
}

// A coordinate of the query at a time, each integral over 24 standard deviations by the trapezoid rule, which is exact here to rounding.
TEST(ExpectedWeight, IsAProductOfOneDimensionalIntegrals) {
  constexpr int d = 8;
  const std::vector<double> theta = frequencies(1e4, d);
  const Pairs a = normal_pairs(key_of("rope_curve_test"), 3, d, .7), b = normal_pairs(key_of("rope_curve_test"), 4, d, .7);
  for (const Noise noise : {Noise{1, 1}, Noise{.5, 1.5}, Noise{1.2, .9}})
    for (const double distance : {0., 3., 50.}) {
      const double t = noise.key * noise.key / d, root = std::sqrt(d);
      const Pairs turned = rotated(b, theta, -distance);
      double product = 1;
      const auto along = [&](double bias, double direction) {
        double sum = 0;
        for (int k = -1200; k <= 1200; ++k) {
          const double z = k / 100., q = noise.query * z + bias;
          sum += std::exp(q * direction / root + t / 2 * q * q - z * z / 2) / 100;
        }
        product *= sum / std::sqrt(2 * std::numbers::pi);
      };
      for (std::size_t i = 0; i < a.size(); ++i) {
        along(a[i].real(), turned[i].real());
        along(a[i].imag(), turned[i].imag());
      }
      const double bias = bias_curve(pair_weights(a, b), theta, distance);
      EXPECT_NEAR(expected_weight(d, noise, dot(a, a), dot(b, b), bias) / product, 1, 1e-12);
    }
}

TEST(FarMass, OfGeometricWeightsIsGeometric) {
  std::vector<double> weight;
  for (int k = 0; k < 100; ++k) weight.push_back(std::pow(.9, k));
  EXPECT_NEAR(far_mass(weight, 10, 100), (std::pow(.9, 10) - std::pow(.9, 100)) / (1 - std::pow(.9, 100)), 1e-14);
  EXPECT_EQ(far_mass(weight, 10, 10), 0);
}

TEST(Exponent, AndItsInverse) {
  EXPECT_NEAR(decay_exponent(1, 64, 1e4, noise_gain(64, {})), 8 / (2 * std::log(1e4)) * 64 / 63, 1e-15);
  EXPECT_NEAR(decay_exponent(pair_weight_of_exponent(1.5, 128, 5e5, 1.1), 128, 5e5, 1.1), 1.5, 1e-14);
}

TEST(Profile, IsThatOfItsDefinition) {
  constexpr int d = 6;
  constexpr std::uint32_t length = 9;
  const std::vector<double> theta = frequencies(100, d);
  const std::uint64_t key = key_of("rope_curve_test profile");
  const Pairs a = normal_pairs(key, 100, d, 1), b = normal_pairs(key, 101, d, 1);
  std::vector<Pairs> q, k;
  for (std::uint32_t n = 0; n < length; ++n) {
    q.push_back(normal_pairs(key, 2 * n, d, 1));
    k.push_back(normal_pairs(key, 2 * n + 1, d, 1));
  }
  const std::vector<std::size_t> distances = {0, 1, 5, 8};
  const Profile profile = term_profile(q, k, a, b, theta, distances);
  ASSERT_EQ(profile.size(), distances.size());
  for (std::size_t row = 0; row < distances.size(); ++row) {
    std::array<std::vector<double>, 4> terms;
    for (std::size_t n = 0; n + distances[row] < length; ++n) { // each at its own two positions, not at their difference
      const std::size_t m = n + distances[row];
      const auto at = [&](const Pairs& x, const Pairs& y) {
        return dot(rotated(x, theta, static_cast<double>(m)), rotated(y, theta, static_cast<double>(n)));
      };
      terms[0].push_back(at(q[m], k[n]));
      terms[1].push_back(at(a, k[n]));
      terms[2].push_back(at(q[m], b));
      terms[3].push_back(at(a, b));
    }
    for (std::size_t t = 0; t < 4; ++t) {
      double mean = 0, square = 0;
      for (const double x : terms[t]) mean += x / static_cast<double>(terms[t].size());
      for (const double x : terms[t]) square += (x - mean) * (x - mean) / static_cast<double>(terms[t].size());
      EXPECT_NEAR(profile[row][t].mean, mean, 1e-13);
      EXPECT_NEAR(profile[row][t].deviation, std::sqrt(square), 1e-6); // a difference of squares: half of the digits where it is 0
    }
  }
}

} // namespace
} // namespace assay::rope
