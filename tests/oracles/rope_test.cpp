// The rotary reference against independent ones. Tolerances are derived; beside most of them stands a nearby wrong value that they must not
// let through.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "reference/random.hpp"
#include "reference/rope/bias_curve.hpp"
#include "reference/rope/rope_bwd.hpp"
#include "reference/rope/rope_fwd.hpp"

namespace assay {
namespace {

using namespace rope;
constexpr double u64 = numerics::u64;

std::vector<double> normal(std::uint32_t stream, std::size_t count) {
  std::vector<double> x(count);
  fill_normal(key_of("rope oracle"), stream, x);
  return x;
}
double dot(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t e = 0; e < x.size(); ++e) sum += x[e] * y[e];
  return sum;
}
double norm(const std::vector<double>& x) { return std::sqrt(dot(x, x)); }

// Frequencies from powl, rotations as products of complex numbers, pairs by another formula.
TEST(Rope, TurnsLikeComplexNumbers) {
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split})
    for (const std::int64_t m : {0L, 1L, -77L, 4096L, 1000003L}) {
      const Problem p{.dim = 48, .rotary = 40, .base = 500000, .pairing = pairing, .xpos = true, .scale_base = 1e5, .centre = 3};
      const std::vector<double> x = normal(0, 48);
      std::vector<double> y(48), back(48);
      rotate(p, Side::key, m, x.data(), nullptr, y.data());
      rotate_back(p, Side::query, m, y.data(), back.data());
      const long double L = std::log(500000.0L);
      for (std::size_t i = 0; i < 20; ++i) {
        const std::size_t first = pairing == Pairing::half_split ? i : 2 * i, second = first + (pairing == Pairing::half_split ? 20 : 1);
        const long double theta = std::exp(-L * static_cast<long double>(i) / 20), phi = static_cast<long double>(m) * theta;
        const long double zeta = (2 * static_cast<long double>(i) + 16) / 56, e = -static_cast<long double>(m - 3) / 1e5L;
        const std::complex<long double> turned =
            std::pow(zeta, e) * std::exp(std::complex<long double>(0, phi)) * std::complex<long double>(x[first], x[second]);
        // Exponent and power of a frequency: ln(base) + 2 units; five more roundings; 4 units of the stretch's exponent.
        const auto units = static_cast<double>(std::fabs(phi) * (L + 2) + 8 + 8 * std::fabs(e));
        const double allowed = units * u64 * static_cast<double>(std::pow(zeta, e)) * (std::fabs(x[first]) + std::fabs(x[second]));
        EXPECT_LE(std::fabs(y[first] - static_cast<double>(turned.real())), allowed) << m << ' ' << i;
        EXPECT_LE(std::fabs(y[second] - static_cast<double>(turned.imag())), allowed) << m << ' ' << i;
        EXPECT_LE(std::fabs(back[first] - x[first]), 32 * u64 * (std::fabs(x[first]) + std::fabs(x[second])));
        if (m == 1) { // another pair's frequency would show
          EXPECT_GT(std::fabs(y[first] - static_cast<double>((turned * std::exp(std::complex<long double>(0, 1e-9L))).real())), allowed);
        }
      }
      for (std::size_t e = 40; e < 48; ++e) EXPECT_EQ(y[e], x[e]);
    }
}

// Frequencies are base^(-2 i / r) with r the part that turns, not the width of the row.
TEST(Rope, FrequenciesAreOfTheTurningPart) {
  EXPECT_EQ(frequency(0, 40, 1e4), 1);
  EXPECT_NEAR(frequency(10, 40, 1e4), 1e-2, 1e-2 * (std::log(1e4) + 2) * u64);
  EXPECT_GT(std::fabs(frequency(10, 80, 1e4) - 1e-2), 1e-2);
}

// d loss / d bias by central differences. The loss is linear in each bias by itself, so the differences are exact but for rounding.
TEST(Rope, GradientsOfBiasesAreDifferences) {
  const Problem p{.batch = 2,
                  .tokens = 5,
                  .heads = 2,
                  .kv_heads = 1,
                  .dim = 12,
                  .rotary = 8,
                  .pairing = Pairing::half_split,
                  .xpos = true,
                  .scale_base = 16,
                  .centre = 2,
                  .start = 3};
  const std::vector<double> q = normal(1, 240), k = normal(2, 120), weight = normal(3, 2 * 5 * 5 * 2);
  std::vector<float> a(24), b(12);
  for (std::size_t e = 0; e < 24; ++e) a[e] = static_cast<float>(normal(4, 24)[e]), b[e % 12] = static_cast<float>(normal(5, 24)[e]);
  const auto values = [&](Side side, const std::vector<double>& x, const std::vector<float>& bias) {
    std::vector<double> y;
    for (const Element& one : turned_rows(p, side, x.data(), bias.data(), nullptr, numerics::f64)) y.push_back(one.value);
    return y;
  };
  // sum of weights times scores; the gradients by q' and k' are linear in the other one.
  const auto at = [&](int batch, int token, int head, int heads) {
    return static_cast<std::size_t>(((batch * 5 + token) * heads + head) * 12);
  };
  double sizes = 0;
  std::vector<double> d_q(240), d_k(120);
  const auto loss = [&](const std::vector<float>& bias_q, const std::vector<float>& bias_k) {
    const std::vector<double> turned_q = values(Side::query, q, bias_q), turned_k = values(Side::key, k, bias_k);
    double sum = 0;
    sizes = 0;
    std::fill(d_q.begin(), d_q.end(), 0), std::fill(d_k.begin(), d_k.end(), 0);
    for (int batch = 0; batch < 2; ++batch)
      for (int m = 0; m < 5; ++m)
        for (int n = 0; n < 5; ++n)
          for (int h = 0; h < 2; ++h)
            for (std::size_t e = 0; e < 12; ++e) {
              const double w = weight[static_cast<std::size_t>(((batch * 5 + m) * 5 + n) * 2 + h)];
              const std::size_t i = at(batch, m, h, 2) + e, j = at(batch, n, 0, 1) + e;
              sum += w * turned_q[i] * turned_k[j];
              sizes += std::fabs(w * turned_q[i] * turned_k[j]);
              d_q[i] += w * turned_k[j], d_k[j] += w * turned_q[i];
            }
    return sum;
  };
  loss(a, b);
  const std::vector<double> of_q = d_q, of_k = d_k;
  std::vector<double> unused_q(240), unused_k(120);
  std::vector<float> no_q(24), no_k(12);
  const RopeBwd::Args<> args{of_q.data(), of_k.data(), nullptr, unused_q.data(), unused_k.data(), no_q.data(), no_k.data()};
  const std::vector<Truth> truth = RopeBwd::truth(p, args, numerics::f64, {});
  constexpr float h = 0.125;
  for (const bool keys : {false, true})
    for (std::size_t e = 0; e < (keys ? 12u : 24u); ++e) {
      std::vector<float> a_up = a, b_up = b, a_down = a, b_down = b;
      float &up = keys ? b_up[e] : a_up[e], &down = keys ? b_down[e] : a_down[e];
      up += h, down -= h;
      const double step = static_cast<double>(up) - static_cast<double>(down),
                   difference = (loss(a_up, b_up) - loss(a_down, b_down)) / step;
      const double gradient = truth[keys ? 3 : 2].value[e];
      // A loss is a sum of 1200 products, each off by a dozen roundings.
      const double allowed = (1200 + 12) * u64 * sizes * 2 / step + truth[keys ? 3 : 2].bound[e];
      EXPECT_LE(std::fabs(difference - gradient), allowed) << keys << e;
      EXPECT_GT(std::fabs(difference + gradient), allowed) << keys << e;
    }
}

// A bias that is stretched and turned forwards gets the transpose: a gradient with the angle of forwards is wrong.
TEST(Rope, BackwardsIsTheTranspose) {
  const Problem p{.dim = 16, .rotary = 12, .xpos = true, .centre = 40};
  const std::vector<double> x = normal(6, 16), y = normal(7, 16);
  std::vector<double> turned(16), back(16), forth(16);
  for (const Side side : {Side::query, Side::key}) {
    rotate(p, side, 1234, x.data(), nullptr, turned.data());
    rotate_back(p, side, 1234, y.data(), back.data());
    rotate(p, side, 1234, y.data(), nullptr, forth.data());
    const double allowed = 64 * u64 * norm(turned) * norm(y) + 64 * u64 * norm(back) * norm(x);
    EXPECT_LE(std::fabs(dot(turned, y) - dot(x, back)), allowed);
    EXPECT_GT(std::fabs(dot(turned, y) - dot(x, forth)), allowed);
  }
}

// Scores of xPos depend on the distance and on nothing else: neither on the place nor on the centre.
TEST(Rope, XposIsRelative) {
  const std::vector<double> q = normal(8, 64), k = normal(9, 64);
  const auto score = [&](std::int64_t m, std::int64_t n, std::int64_t centre, Side of_keys) {
    const Problem p{.xpos = true, .centre = centre};
    std::vector<double> x(64), y(64);
    rotate(p, Side::query, m, q.data(), nullptr, x.data());
    rotate(p, of_keys, n, k.data(), nullptr, y.data());
    return dot(x, y);
  };
  const double here = score(1000, 900, 0, Side::key), there = score(5000, 4900, 0, Side::key), centred = score(1000, 900, 700, Side::key);
  // Products of stretches that cancel: exponents up to 10 with 3 units each, angles exact; 64 products.
  const double allowed = (2 * 3 * 10 * std::log(3.5) + 64 + 16) * u64 * norm(q) * norm(k);
  EXPECT_LE(std::fabs(here - there), allowed);
  EXPECT_LE(std::fabs(here - centred), allowed);
  EXPECT_GT(std::fabs(score(1000, 900, 0, Side::query) - score(5000, 4900, 0, Side::query)), allowed); // the same sign on both sides
}

TEST(Rope, StretchesOverflowWhereTheyShould) {
  EXPECT_EQ(zeta(0, 64), 0.4 / 1.4);
  EXPECT_NEAR(zeta(0, 64), 0.285714, 5e-7);
  const auto first_beyond = [](double largest) {
    std::int64_t n = 0;
    while (std::pow(zeta(0, 64), -static_cast<double>(n) / 512) <= largest) ++n;
    return n;
  };
  EXPECT_EQ(first_beyond(65504), 4533);
  EXPECT_EQ(first_beyond(0x1.fffffep127), 36261);
  // What a kernel may store there: in fp16 the truth is infinite, with the centre in between it is finite.
  const auto stored_at = [](std::int64_t n, std::int64_t centre) {
    const Problem p{.tokens = 1, .heads = 1, .kv_heads = 1, .bias = false, .xpos = true, .centre = centre, .start = n};
    const std::vector<double> x(64, 1.5);
    std::vector<double> out(64);
    const RopeFwd::Args<> args{x.data(), x.data(), nullptr, nullptr, nullptr, out.data(), out.data()};
    double largest = 0;
    const Truth keys = RopeFwd::truth(p, args, numerics::f16_f32, {})[1];
    for (const double value : keys.value) largest = std::max(largest, std::fabs(value));
    return largest;
  };
  EXPECT_TRUE(std::isinf(stored_at(5000, 0)));
  EXPECT_TRUE(std::isfinite(stored_at(5000, 2500)));
}

TEST(Rope, WhatIsStoredOverflowsToInfinity) {
  const Numerics n = numerics::f16_f32;
  EXPECT_EQ(stored({65519, 0}, n).error, 0);
  EXPECT_EQ(stored({65519, 0}, n).value, 65519);
  EXPECT_TRUE(std::isinf(stored({65520, 0}, n).value));
  EXPECT_TRUE(std::isinf(stored({65519, 2}, n).error)); // no one can say
  EXPECT_EQ(stored({-70000, 2}, n).value, -INFINITY);
  EXPECT_EQ(stored({-70000, 2}, n).error, 0);
}

// Infinities are decided where their sign is, and only there.
TEST(Rope, InfinitiesMeetFactors) {
  const Numerics n = numerics::f32;
  const Turn plain{0.6, 0.8, 1, 1, 0}, right{1e-9, 1, 1, std::numbers::pi / 2, 0};
  EXPECT_EQ(turned(plain, INFINITY, 1, false, n).first.value, INFINITY);
  EXPECT_EQ(turned(plain, INFINITY, 1, false, n).first.error, 0);
  EXPECT_TRUE(std::isnan(turned(plain, INFINITY, INFINITY, false, n).first.value));
  EXPECT_TRUE(std::isinf(turned(right, INFINITY, 1, false, n).first.error));
  EXPECT_EQ(turned(right, INFINITY, 1, false, n).second.error, 0);
  EXPECT_TRUE(std::isnan(turned(plain, NAN, 1, false, n).second.value));
}

// The curve at one pair is a cosine and a sine; a wrong sign of the sine would show only where a and b differ.
TEST(BiasCurve, HasTheSignOfQueryMinusKey) {
  const double a[] = {1, 2}, b[] = {3, -1};
  double out[3];
  const BiasCurve::Args<> args{a, b, out};
  const Truth curve = BiasCurve::truth({.heads = 1, .dim = 2, .first = -1, .count = 3}, args, numerics::f64, {})[0];
  EXPECT_EQ(curve.value[1], 1); // a . b
  EXPECT_NEAR(curve.value[2], std::cos(1) - 7 * std::sin(1), 16 * u64);
  EXPECT_NEAR(curve.value[0], std::cos(1) + 7 * std::sin(1), 16 * u64);
}

// Sandwich: a = b = (1, 0, 1, 0, ...) gives products of sinusoidal positions; one frequency off at distance 1 is cos 1 - cos 1e-4 per
// weight.
TEST(BiasCurve, IsSandwichForEqualBiases) {
  std::vector<double> a(64), out(40);
  for (std::size_t i = 0; i < 64; i += 2) a[i] = 1;
  const BiasCurve::Args<> args{a.data(), a.data(), out.data()};
  const Truth curve = BiasCurve::truth({.heads = 1, .dim = 64, .count = 40}, args, numerics::f64, {})[0];
  double shifted = 0;
  for (int i = 1; i <= 32; ++i) shifted += std::cos(std::pow(1e4, -i / 32.0));
  EXPECT_NEAR(shifted - curve.value[1], std::cos(1e-4) - std::cos(1), 64 * 64 * u64);
  for (int t = 0; t < 40; ++t) {
    double sum = 0;
    for (int i = 0; i < 32; ++i) {
      const double theta = std::pow(1e4, -2.0 * i / 64);
      sum += std::sin((t + 7) * theta) * std::sin(7 * theta) + std::cos((t + 7) * theta) * std::cos(7 * theta);
    }
    EXPECT_NEAR(curve.value[static_cast<std::size_t>(t)], sum, 32 * (4 * 47 + 8) * u64);
  }
}

} // namespace
} // namespace assay
