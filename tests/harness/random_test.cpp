// The generator against published answers, and what the harness builds on it: ranges, independence of order, keys.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "reference/random.hpp"

namespace assay {
namespace {

// kat_vectors of Random123 1.14, philox4x32 with 10 rounds.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}), (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// The same rounds written out: two 32 x 32 products a round, keys bumped by Weyl constants (Salmon et al., section 3.3).
TEST(Philox, AgainstItsDefinition) {
  for (std::uint32_t n = 0; n < 1000; ++n) {
    const PhiloxCounter start{n * 0x9e3779b9u, n, ~n, n << 7};
    PhiloxCounter c = start;
    std::uint32_t k0 = n * 77u, k1 = ~(n * 3u);
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0], b = std::uint64_t{0xCD9E8D57} * c[2];
      c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1,
           static_cast<std::uint32_t>(a)};
    }
    ASSERT_EQ(philox(start, {n * 77u, ~(n * 3u)}), c);
  }
}

TEST(Random, UniformsAreOpenAndOnTheirGrid) {
  for (std::uint64_t index = 0; index < 10'000; ++index)
    for (const double u : uniforms(7, 0, index)) {
      ASSERT_GT(u, 0);
      ASSERT_LT(u, 1);
      const double k = u * 0x1p52 - 0.5;
      ASSERT_EQ(k, std::floor(k));
    }
}

TEST(Random, ANumberDependsOnKeyStreamIndexAndStepAlone) {
  std::vector<double> whole(101), part(37);
  fill_normal(3, 5, whole);
  fill_normal(3, 5, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
  std::set<double> seen;
  for (const std::uint64_t key : {1u, 2u})
    for (const std::uint32_t stream : {0u, 1u})
      for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
        for (const std::uint32_t step : {0u, 1u})
          for (const double z : normals(key, stream, index, step)) seen.insert(z);
  EXPECT_EQ(seen.size(), 48u);
}

TEST(Random, LongArraysAreMadeInPartsAndTheSame) {
  for (const std::size_t n : {(std::size_t{1} << 19) - 1, (std::size_t{1} << 19) + 3, (std::size_t{3} << 18) + 1}) {
    std::vector<double> z(n, 100);
    fill_normal(3, 5, z);
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(z[i], normals(3, 5, i / 2)[i % 2]) << i << " of " << n;
  }
}

// Moments of 10^6 numbers within 6 standard errors (2e-9 each for a right generator).
TEST(Random, NormalsHaveTheirMoments) {
  constexpr std::size_t n = 1'000'000;
  std::vector<double> z(n);
  fill_normal(key_of("moments"), 0, z);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, lagged = 0;
  for (std::size_t i = 0; i < n; ++i) {
    m1 += z[i] / n;
    m2 += z[i] * z[i] / n;
    m3 += z[i] * z[i] * z[i] / n;
    m4 += z[i] * z[i] * z[i] * z[i] / n;
    if (i > 0) lagged += z[i] * z[i - 1] / n; // the pair of one Box-Muller step included
  }
  const double error = 1 / std::sqrt(static_cast<double>(n));
  EXPECT_LE(std::fabs(m1), 6 * error);
  EXPECT_LE(std::fabs(m2 - 1), 6 * std::sqrt(2) * error);
  EXPECT_LE(std::fabs(m3), 6 * std::sqrt(15) * error);
  EXPECT_LE(std::fabs(m4 - 3), 6 * std::sqrt(96) * error);
  EXPECT_LE(std::fabs(lagged), 6 * error);
}

TEST(Random, IntegersReachBothEndsEvenly) {
  std::vector<double> values(170'000);
  fill_integers(key_of("integers"), 0, -8, 8, values);
  std::vector<int> count(17);
  for (const double value : values) {
    ASSERT_EQ(value, std::floor(value));
    ASSERT_LE(std::fabs(value), 8);
    ++count[static_cast<std::size_t>(value + 8)];
  }
  for (const int one : count) EXPECT_NEAR(one, 10'000, 6 * std::sqrt(10'000.0 * 16 / 17));
}

TEST(Random, KeysDifferByTextAndByParent) {
  std::set<std::uint64_t> keys;
  for (const char* text : {"", "a", "b", "ab", "ba", "a/n=1", "a/n=2"})
    for (const std::uint64_t parent : {0u, 1u, 2u}) keys.insert(key_of(parent, text));
  EXPECT_EQ(keys.size(), 21u);
}

} // namespace
} // namespace assay
