// What is known of rotary angles in fp32 and bf16, and of the polynomials that kernels put in place of cosine and sine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "kernels/rope/polynomials.hpp"
#include "reference/random.hpp"
#include "reference/rope/rope.hpp"

namespace assay {
namespace {

using namespace rope;
constexpr double u32 = numerics::u32;

// d = 64, base 1e4: over all positions up to m.
TEST(RopeAngles, AnglesInFp32AreKnownToBeOff) {
  struct Known {
    std::int64_t m;
    double largest, digit;
  };
  std::vector<double> theta;
  for (int i = 0; i < 32; ++i) theta.push_back(frequency(i, 64, 1e4));
  double worst = 0;
  std::int64_t m = 0;
  for (const auto& [last, largest, digit] : {Known{511, 1.8e-5, 1e-6}, Known{4095, 1.5e-4, 1e-5}, Known{32767, 1.2e-3, 1e-4},
                                             Known{131071, 4.9e-3, 1e-4}, Known{1048575, 3.9e-2, 1e-3}}) {
    for (; m <= last; ++m)
      for (const double each : theta)
        worst = std::max(worst, static_cast<double>(std::fabs(angle_of(Angle::f32, m, each) - angle_of(Angle::f64, m, each))));
    EXPECT_LE(std::fabs(worst - largest), digit / 2) << last;
  }
}

// Kernels in fp32 arithmetic with angles in fp32, against exact angles: the error stays within the bound that allows for both,
//   (|y_1| + |y_2|) (m theta (2 u + u^2) + 2 u + 4 u) + u |y'|,
// and comes near it, so that it is not far too wide.
TEST(RopeAngles, Fp32AnglesMeetTheirBound) {
  double largest = 0;
  for (std::uint64_t draw = 0; draw < 400; ++draw) {
    const bool wide = draw % 2 == 1;
    const int d = wide ? 128 : 64;
    const double base = wide ? 5e5 : 1e4;
    const auto m = static_cast<std::int64_t>(2e5 * uniforms(key_of("fp32 angles"), 0, draw)[0]);
    for (int i = 0; i < d / 2; ++i) {
      const auto [first, second] = normals(key_of("fp32 angles"), 1, draw * 64 + static_cast<std::uint64_t>(i));
      const auto a = static_cast<float>(first), b = static_cast<float>(second);
      const double theta = frequency(i, d, base);
      const auto phi = static_cast<float>(angle_of(Angle::f32, m, theta));
      const long double exact = angle_of(Angle::f64, m, theta), value = a * std::cos(exact) - b * std::sin(exact);
      const double got = static_cast<double>(a * std::cos(phi) - b * std::sin(phi));
      const double slip = static_cast<double>(exact) * (2 * u32 + u32 * u32) + 6 * u32;
      const double bound = (std::fabs(static_cast<double>(a)) + std::fabs(static_cast<double>(b))) * slip + u32 * std::fabs(got);
      largest = std::max(largest, std::fabs(got - static_cast<double>(value)) / bound);
    }
  }
  EXPECT_LE(largest, 1);
  EXPECT_GT(largest, 0.5);
  RecordProperty("largest error over bound", std::to_string(largest));
}

TEST(RopeAngles, PositionsInBf16Collapse) {
  std::set<float> distinct, in_fp32;
  int first_loss = -1;
  for (int m = 0; m < 8192; ++m) {
    const float rounded = widen(to_bf16(m));
    distinct.insert(rounded);
    in_fp32.insert(static_cast<float>(m));
    if (first_loss < 0 && rounded != static_cast<float>(m)) first_loss = m;
  }
  EXPECT_EQ(distinct.size(), 897u);
  EXPECT_EQ(first_loss, 257);
  EXPECT_EQ(in_fp32.size(), 8192u);
}

// What kernels evaluate on [-pi / 4, pi / 4], without its roundings.
TEST(RopeAngles, PolynomialsAreCloseEnough) {
  const auto worst = [](auto cosine, auto sine) {
    long double largest = 0;
    for (int k = -10000; k <= 10000; ++k) {
      const long double t = k * std::numbers::pi_v<long double> / 40000, z = t * t;
      largest = std::max({largest, std::fabs(1 - z / 2 + z * z * cosine(z) - std::cos(t)), std::fabs(t + t * z * sine(z) - std::sin(t))});
    }
    return static_cast<double>(largest);
  };
  const auto single = worst([](long double z) { return f32::c1 + z * (f32::c2 + z * f32::c3); },
                            [](long double z) { return f32::s1 + z * (f32::s2 + z * f32::s3); });
  EXPECT_LE(single, 0x1p-27);
  const auto twice =
      worst([](long double z) { return f64::c1 + z * (f64::c2 + z * (f64::c3 + z * (f64::c4 + z * (f64::c5 + z * f64::c6)))); },
            [](long double z) { return f64::s1 + z * (f64::s2 + z * (f64::s3 + z * (f64::s4 + z * (f64::s5 + z * f64::s6)))); });
  EXPECT_LE(twice, 0x1p-58);
}

} // namespace
} // namespace assay
