// Oracles of local attention against closed forms, extended precision, and the definitions written another way.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "reference/attention/far_mass.hpp"
#include "reference/attention/gaussian_entropy.hpp"
#include "reference/attention/score_gradient.hpp"
#include "reference/attention/window_stack.hpp"
#include "reference/attention/xpos.hpp"
#include "reference/math/eigenvalues.hpp"
#include "reference/math/polygamma.hpp"
#include "reference/op.hpp"
#include "reference/random.hpp"

namespace assay::attention {
namespace {

std::vector<double> normal(std::size_t size, std::uint32_t stream, double scale = 1) {
  std::vector<double> x(size);
  fill_normal(key_of("local_attention_test"), stream, x);
  for (double& value : x) value *= scale;
  return x;
}

// sum_{k >= 0} (x + k)^-s: terms below 2^14, then Euler and Maclaurin: integral, half a term, derivative / 12. The next term is below
// 1e-18.
long double hurwitz(long double s, long double x) {
  long double sum = 0;
  const long double end = x + 16384;
  for (int k = 16383; k >= 0; --k) sum += std::pow(x + k, -s);
  return sum + std::pow(end, 1 - s) / (s - 1) + std::pow(end, -s) / 2 + s * std::pow(end, -s - 1) / 12;
}

TEST(Polygamma, AgreesWithItsSeries) {
  for (const int order : {1, 2, 3, 4})
    for (const double x : {2.0, 3.5, 17.0, 513.0, 65537.0, 2097152.0}) {
      const double want = static_cast<double>(std::tgamma(order + 1.0L) * hurwitz(order + 1, x));
      EXPECT_NEAR(std::fabs(math::polygamma(order, x)), want, math::polygamma_error * want) << order << " at " << x;
    }
  long double harmonic = 0; // psi(k + 1) = H_k - gamma
  for (int k = 1; k <= 1 << 20; ++k) {
    harmonic += 1.0L / k;
    if ((k & (k - 1)) != 0) continue;
    const auto want = static_cast<double>(harmonic - std::numbers::egamma_v<long double>);
    EXPECT_NEAR(math::polygamma(0, k + 1.0), want, math::polygamma_error * want) << k;
  }
  for (const double x : {0x1p30, 0x1p40, 0x1p60}) // ln x - 1 / (2 x) - ..., the next term below 1e-18
    EXPECT_NEAR(math::polygamma(0, x), std::log(x) - .5 / x, math::polygamma_error * std::log(x)) << x;
}

TEST(Zeta, AgreesWithItsSeries) {
  EXPECT_NEAR(math::zeta(2), std::numbers::pi * std::numbers::pi / 6, math::polygamma_error * 2);
  for (const double s : {2.0, 2.5, 3.0, 4.0, 9.0})
    EXPECT_NEAR(math::zeta(s), static_cast<double>(hurwitz(s, 1)), math::polygamma_error * 2) << s;
}

TEST(SymmetricEigenvalues, AreThoseOfTheSecondDifference) {
  constexpr int n = 33;
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i * n + i] = 2;
    if (i > 0) a[i * n + i - 1] = -1; // the lower triangle is what counts
  }
  const std::vector<double> values = math::symmetric_eigenvalues(a, n);
  ASSERT_EQ(values.size(), n);
  for (int k = 1; k <= n; ++k)
    EXPECT_NEAR(values[static_cast<std::size_t>(k - 1)], 2 - 2 * std::cos(k * std::numbers::pi / (n + 1)), 4 * n * numerics::u64) << k;
}

long double cosines(long double t) {
  long double sum = 0;
  for (int i = 0; i < 4; ++i) sum += std::cos(t * std::pow(10.0L, -i)) / 2;
  return sum;
}

TEST(BiasRows, AgreeWithSumsInExtendedPrecision) {
  struct Case {
    RelativeBias bias;
    long double (*at)(long double t);
  };
  const Case cases[] = {{no_bias(), [](long double) { return 0.0L; }},
                        {alibi(1. / 64), [](long double t) { return -t / 64; }},
                        {kerple_power(.75, .5), [](long double t) { return -.75L * std::sqrt(t); }},
                        {kerple_log(1.5, .25), [](long double t) { return -1.5L * std::log1p(t / 4); }},
                        {capped(kerple_log(1, 1), 128), [](long double t) { return -std::log1p(std::min(t, 128.0L)); }},
                        {sandwich(.5, 8, 5000), cosines},
                        {sandwich(.5, 8, 5000, {.window = 64, .k = 16}),
                         [](long double t) { return cosines(std::min(t, 64.0L) + std::max(t - 64, 0.0L) / 16); }}};
  for (const Case& c : cases)
    for (const auto& [reach, sinks] : {Visible{}, Visible{.reach = 700}, Visible{.reach = 700, .sinks = 3}})
      for (const BiasRow& row : bias_rows(c.bias, 100, {1, 100, 101, 5000}, {reach, sinks})) {
        long double all = 0, far = 0, entropy = 0;
        const auto weight = [&, first = row.n - sinks, end = reach](std::int64_t t) {
          return t < end || t >= first ? std::exp(c.at(static_cast<long double>(t))) : 0;
        };
        for (std::int64_t t = 0; t < row.n; ++t) (void)(all += weight(t));
        for (std::int64_t t = 0; t < row.n; ++t) {
          const long double p = weight(t) / all;
          if (p == 0) continue;
          if (t >= 100) far += p;
          entropy -= p * std::log(p);
        }
        EXPECT_NEAR(row.far.value, static_cast<double>(far), row.far.error) << &c - cases << ", n = " << row.n;
        EXPECT_NEAR(row.entropy.value, static_cast<double>(entropy), row.entropy.error) << &c - cases << ", n = " << row.n;
        EXPECT_LE(row.entropy.error, 1e-9);
      }
}

TEST(BiasRows, HaveTheGeometricTailOfAlibi) {
  for (const BiasRow& row : bias_rows(alibi(1. / 16), 128, {256, 4096})) {
    const double n = static_cast<double>(row.n), want = (std::exp(-8.0) - std::exp(-n / 16)) / -std::expm1(-n / 16);
    EXPECT_NEAR(row.far.value, want, row.far.error + 8 * numerics::u64 * want);
    EXPECT_LE(row.far.error, 1e-12 * want);
  }
}

TEST(KerpleLogFarMass, IsARatioOfHurwitzZetas) {
  for (const int r1 : {2, 3, 4})
    for (const std::int64_t w : {1, 64, 512}) {
      const auto want = static_cast<double>(hurwitz(r1, static_cast<long double>(w) + 1) / hurwitz(r1, 1));
      EXPECT_NEAR(kerple_log_far_limit(r1, w), want, 3 * math::polygamma_error * want) << r1 << ", " << w;
    }
}

// Two scores: the entropy depends on their difference alone, which is N(0, 2 beta^2).
TEST(GaussianScores, OfTwoIsOneIntegral) {
  for (const double beta : {.25, 1.0, 2.0, 5.0}) {
    std::vector<double> edges;
    for (int k = 0; k <= 64; ++k) edges.push_back(k * 13.0 / 64);
    const math::Estimate want = math::integrate(
        [beta](double g) {
          const double x = std::sqrt(2) * beta * g, odds = std::exp(-x); // x >= 0: P = 1 / (1 + odds)
          const double entropy = std::log1p(odds) + x * odds / (1 + odds);
          return 2 * std::exp(-g * g / 2) / std::sqrt(2 * std::numbers::pi) * entropy;
        },
        edges);
    const math::Estimate found = GaussianScores(beta, 2).entropy(2);
    EXPECT_NEAR(found.value, want.value, found.error + want.error) << beta;
    EXPECT_LE(found.error, 1e-10) << beta;
  }
}

TEST(GaussianScores, HaveThePrintedMeans) {
  EXPECT_NEAR(GaussianScores(.5, 512).entropy(512).value, 6.11367378, .5e-8);
  EXPECT_NEAR(GaussianScores(2, 512).entropy(512).value, 4.39014339, .5e-8);
  EXPECT_NEAR(GaussianScores(5, 512).entropy(512).value, 1.52497837, .5e-8);
  EXPECT_EQ(GaussianScores(2, 512).entropy(1).value, 0);
  for (const double n : {2.0, 37.0, 512.0}) { // one table serves all n
    const math::Estimate narrow = GaussianScores(2, n).entropy(n), wide = GaussianScores(2, 1e6).entropy(n);
    EXPECT_NEAR(narrow.value, wide.value, narrow.error + wide.error) << n;
  }
}

// x A for a permutation of columns is exact, so that the bound has no projection to cover.
std::vector<double> shifted_identity(std::size_t d, std::size_t shift) {
  std::vector<double> a(d * d);
  for (std::size_t k = 0; k < d; ++k) a[k * d + (k + shift) % d] = 1;
  return a;
}

// Dense softmax with a mask and rotations by the distance, in extended precision.
TEST(Attend, StaysWithinItsBound) {
  using Complex = std::complex<long double>;
  constexpr std::size_t n = 20, d = 6;
  const std::vector<double> x = normal(n * d, 0, 2);
  const auto at = [&x](std::size_t i, std::size_t l, std::size_t shift) {
    return static_cast<long double>(x[i * d + (l + d - shift) % d]);
  };
  for (const std::size_t window : {1, 3, 20, 50})
    for (const bool rotary : {false, true}) {
      const WindowLayer layer{static_cast<int>(window), rotary ? 0 : .3,        rotary,
                              shifted_identity(d, 0),   shifted_identity(d, 1), shifted_identity(d, 3)};
      const Attended found = attend(layer, x, d, 1000);
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<long double> weight(n);
        long double sum = 0;
        for (std::size_t j = i + 1 > window ? i + 1 - window : 0; j <= i; ++j) {
          const auto t = static_cast<long double>(i - j);
          long double s = 0;
          for (std::size_t l = 0; l < d; l += 2) {
            const Complex q(at(i, l, 0), at(i, l + 1, 0)), k(at(j, l, 1), at(j, l + 1, 1));
            const long double theta = std::pow(10000.0L, -static_cast<long double>(l) / d);
            s += (q * std::conj(k) * (rotary ? std::polar(1.0L, t * theta) : Complex(1))).real();
          }
          weight[j] = std::exp(s / std::sqrt(static_cast<long double>(d)) - static_cast<long double>(layer.slope) * t);
          sum += weight[j];
        }
        for (std::size_t l = 0; l < d; ++l) {
          long double o = 0;
          for (std::size_t j = 0; j <= i; ++j) o += weight[j] / sum * at(j, l, 3);
          EXPECT_NEAR(found.o[i * d + l], static_cast<double>(o), found.bound[i * d + l]) << window << rotary << i;
          EXPECT_LE(found.bound[i * d + l], 1e-9);
        }
      }
    }
}

TEST(Influence, CountsPaths) {
  const std::vector<double> two = influence(3, 2); // 1 2 3 2 1 of 9
  for (std::size_t t = 0; t < 5; ++t)
    EXPECT_NEAR(two[t], (t < 3 ? static_cast<double>(t) + 1 : 5 - static_cast<double>(t)) / 9, 4 * numerics::u64);
  EXPECT_EQ(influence(7, 4).size(), 25);
  EXPECT_NEAR(influence(2, 10)[4], 210 / 1024., 1e-15); // binomial
  EXPECT_NEAR(influence(2, 3, .5)[0], std::pow(.75, 3), 1e-15);
}

// One-hot tokens through layers whose scores are all zero: coordinates of the last row are shares.
TEST(HybridInfluence, IsWhatAttentionMakesOfOneHotTokens) {
  constexpr int n = 29, layers = 4, w = 5;
  std::vector<double> zero(n * n), one(n * n);
  for (std::size_t i = 0; i < n; ++i) one[i * n + i] = 1;
  std::vector<double> x = one;
  for (int layer = 0; layer < layers; ++layer)
    x = attend({.window = layer + 1 < layers ? w : n, .query = zero, .key = zero, .value = one}, x, n).o;
  const std::vector<double> shares = hybrid_influence(w, layers, n, n);
  for (std::size_t t = 0; t < n; ++t) EXPECT_NEAR(shares[t], x[n * n - 1 - t], 1e-15) << t;
  const std::vector<double> narrow = hybrid_influence(w, layers, n, w), free = influence(w, layers); // no token there is near the start
  for (std::size_t t = 0; t < free.size(); ++t) EXPECT_NEAR(narrow[t], free[t], 1e-15) << t;
}

TEST(XposScore, IsTheComplexSum) {
  constexpr std::size_t d = 16;
  const std::vector<double> q = normal(d, 4), k = normal(d, 5);
  for (const double m : {0.0, 300.0, 4000.0}) {
    const double n = m / 4;
    std::complex<long double> sum = 0;
    for (std::size_t i = 0; i < d / 2; ++i) {
      const long double zeta = (2.0L * static_cast<long double>(i) + .4L * d) / (1.4L * d);
      const std::complex<long double> a(q[2 * i], q[2 * i + 1]), b(k[2 * i], k[2 * i + 1]);
      sum += std::pow(zeta, (m - n) / 512) * a * std::conj(b) *
             std::polar(1.0L, (m - n) * std::pow(10000.0L, -2.0L * static_cast<long double>(i) / d));
    }
    for (const double centre : {0.0, 1000.0}) {
      const math::Estimate found = xpos_score(q, k, m, n, centre);
      EXPECT_NEAR(found.value, static_cast<double>(sum.real()), found.error) << m << " about " << centre;
      EXPECT_LE(found.error, 1e-9);
    }
  }
}

// dS = J^T (v d_o) with the Jacobian of softmax, J_jk = P_j (delta_jk - P_k).
TEST(ScoreGradient, IsTheJacobianOfSoftmax) {
  constexpr int n = 9, e = 3, window = 4;
  const std::vector<double> score = normal(n * n, 6), v = normal(n * e, 7), d_o = normal(n * e, 8);
  const Softmaxed x = softmax(score, v, n, e, window);
  const ScoreGradient g = score_gradient(x, v, d_o, x.o);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double want = 0;
      for (std::size_t k = 0; k < n; ++k)
        for (std::size_t l = 0; l < e; ++l) want += x.p[i * n + k] * ((j == k ? 1 : 0) - x.p[i * n + j]) * d_o[i * e + l] * v[k * e + l];
      EXPECT_NEAR(g.ds[i * n + j], want, 1e2 * numerics::u64) << i << ", " << j;
      EXPECT_EQ(x.p[i * n + j] > 0, j <= i && i - j < window);
    }
}

} // namespace
} // namespace assay::attention
