// The distance of Gaussians against closed forms: one dimension, commuting covariances, two dimensions, singular ones.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "reference/transport/bures.hpp"

namespace assay {
namespace {

constexpr double u = numerics::u64;

Truth distance(int d, const std::vector<double>& m1, const std::vector<double>& a, const std::vector<double>& m2,
               const std::vector<double>& b) {
  const Bures::Args<> args{m1.data(), a.data(), m2.data(), b.data(), nullptr};
  return Bures::truth({.batch = 1, .dim = d}, args, numerics::f64, {})[0];
}

TEST(Bures, OnTheLineIsTheDifferenceOfDeviations) {
  const Truth t = distance(1, {1}, {4}, {-0.5}, {0.25});
  EXPECT_NEAR(t.value[0], 2.25 + 2.25, t.bound[0]);
  EXPECT_LT(t.bound[0], 1e4 * u);
  const Truth point = distance(1, {1}, {0}, {1}, {9});
  EXPECT_NEAR(point.value[0], 9, point.bound[0]);
}

TEST(Bures, OfCommutingCovariancesIsThatOfTheirRoots) {
  // Both turned by the same angle: eigenvalues 4, 1 and 1, 9.
  const double c = std::cos(0.7), s = std::sin(0.7);
  const auto turned = [&](double p, double q) {
    return std::vector<double>{c * c * p + s * s * q, c * s * (p - q), c * s * (p - q), s * s * p + c * c * q};
  };
  const Truth t = distance(2, {0, 0}, turned(4, 1), {0, 0}, turned(1, 9));
  EXPECT_NEAR(t.value[0], 1 + 4, t.bound[0]);
}

TEST(Bures, InThePlaneHasTheTraceOfARootInClosedForm) {
  // tr (AB)^{1/2} = (tr AB + 2 (det AB)^{1/2})^{1/2} for 2 x 2.
  const std::vector<double> a{2, 0.5, 0.5, 1}, b{1, -0.75, -0.75, 3};
  const double trace = 2 * 1 + 2 * 0.5 * -0.75 + 1 * 3, det = (2 - 0.25) * (3 - 0.5625);
  const Truth t = distance(2, {1, 2}, a, {0, 0}, b);
  EXPECT_NEAR(t.value[0], 5 + 3 + 4 - 2 * std::sqrt(trace + 2 * std::sqrt(det)), t.bound[0] + 50 * u);
}

TEST(Bures, KnowsSingularCovariances) {
  // Two lines in the plane at an angle: |A^{1/2} - Q B^{1/2}| with ranks of one: tr A + tr B - 2 |<v, w>|.
  const std::vector<double> a{1, 2, 2, 4}, b{9, -3, -3, 1}; // v = (1, 2), w = (3, -1)
  const Truth t = distance(2, {0, 0}, a, {0, 0}, b);
  EXPECT_NEAR(t.value[0], 5 + 10 - 2 * 1, t.bound[0]);
  EXPECT_LT(t.bound[0], 1e-5);
  const Truth none = distance(2, {0, 0}, {0, 0, 0, 0}, {0, 0}, b);
  EXPECT_NEAR(none.value[0], 10, none.bound[0]);
}

TEST(Bures, RefusesWhatIsNoCovariance) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(distance(2, {0, 0}, {1, 0, 0.5, 1}, {0, 0}, {1, 0, 0, 1}).value[0]));
  EXPECT_TRUE(std::isnan(distance(2, {0, 0}, {1, 2, 2, 1}, {0, 0}, {1, 0, 0, 1}).value[0]));
  EXPECT_TRUE(std::isnan(distance(2, {0, 0}, {1, 0, 0, 1}, {0, 0}, {nan, 0, 0, 1}).value[0]));
  EXPECT_FALSE(Bures::refuse({.dim = 0}).empty());
  EXPECT_FALSE(Bures::refuse({.dim = 129}).empty());
}

} // namespace
} // namespace assay
