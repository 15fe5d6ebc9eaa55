// Distances on the line against the integral of |F - G|, assignments, closed forms and quantile functions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay {
namespace {

using namespace transport;
constexpr double u = numerics::u64;

LineCloud cloud(std::size_t n, std::uint64_t key, bool weights) {
  LineCloud c{std::vector<double>(n), std::vector<double>(weights ? n : 0)};
  fill_normal(key, 0, c.at);
  fill_uniform(key, 1, c.weight);
  return c;
}

// int |F - G|, with F(t) the weight at or below t: a sum over all gaps of the union, each cdf counted anew.
double between_cdfs(const LineCloud& x, const LineCloud& y) {
  const auto cdf = [](const LineCloud& c, double t) {
    double below = 0, all = 0;
    for (std::size_t i = 0; i < c.at.size(); ++i) {
      const double w = c.weight.empty() ? 1 : c.weight[i];
      all += w;
      if (c.at[i] <= t) below += w;
    }
    return below / all;
  };
  std::vector<double> all = x.at;
  all.insert(all.end(), y.at.begin(), y.at.end());
  std::sort(all.begin(), all.end());
  double sum = 0;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) sum += std::fabs(cdf(x, all[i]) - cdf(y, all[i])) * (all[i + 1] - all[i]);
  return sum;
}

TEST(LineCost, IsTheIntegralBetweenCdfs) {
  for (const bool weights : {false, true})
    for (const auto& [n, m] : {std::pair(1, 1), std::pair(1, 9), std::pair(17, 17), std::pair(30, 47), std::pair(64, 48)}) {
      const LineCloud x = cloud(static_cast<std::size_t>(n), 1, weights), y = cloud(static_cast<std::size_t>(m), 2, weights);
      const LineCost cost = line_cost(x, y, 1);
      const double range = 10, rounding = 4 * (n + m) * u * range; // of the sum above: cdfs are sums of n and m terms
      EXPECT_NEAR(cost.value, between_cdfs(x, y), cost.bound + rounding);
    }
}

TEST(LineCost, IsTheBestAssignment) {
  for (const double p : {1.0, 1.5, 2.0, 4.0}) {
    const LineCloud x = cloud(25, 3, false), y = cloud(25, 4, false);
    const Matching best = shortest_augmenting_paths(
        25, [&](int i, int j) { return std::pow(std::fabs(x.at[static_cast<std::size_t>(i)] - y.at[static_cast<std::size_t>(j)]), p); });
    EXPECT_NEAR(line_cost(x, y, p).value, best.value / 25, 30 * p * u * best.value / 25 + line_cost(x, y, p).bound);
  }
}

TEST(LineCost, OfWholeWeightsIsThatOfCopies) {
  const LineCloud x{{-1, 0.5, 3}, {2, 0, 3}}, y{{0, 2}, {1, 4}};
  const LineCloud x_copies{{3, -1, 3, -1, 3}, {}}, y_copies{{2, 2, 2, 0, 2}, {}};
  EXPECT_EQ(line_cost(x, y, 1).value, line_cost(x_copies, y_copies, 1).value);
  EXPECT_EQ(line_cost(x, y, 1).value, (1.0 + 3 + 1 + 1 + 1) / 5);
  EXPECT_EQ(line_cost(x, y, 2).value, (1.0 + 9 + 1 + 1 + 1) / 5);
}

TEST(LineCost, BoundsAreNotEmpty) {
  const LineCloud x = cloud(200, 5, true), y = cloud(300, 6, true);
  const LineCost cost = line_cost(x, y, 2);
  EXPECT_GT(cost.bound, 0);
  EXPECT_LT(cost.bound, 1e-9 * cost.value);
  EXPECT_LT(line_cost(cloud(200, 5, false), cloud(300, 6, false), 2).bound, 1e-12 * cost.value);
}

TEST(LineCost, RefusesWhatIsNoMeasure) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const LineCloud good{{0, 1}, {1, 1}};
  EXPECT_TRUE(std::isnan(line_cost({{0, nan}, {}}, good, 1).value));
  EXPECT_TRUE(std::isnan(line_cost(good, {{inf}, {}}, 1).value));
  EXPECT_TRUE(std::isnan(line_cost({{0, 1}, {1, -1}}, good, 1).value));
  EXPECT_TRUE(std::isnan(line_cost({{0, 1}, {0, 0}}, good, 1).value));
  EXPECT_TRUE(std::isnan(line_cost({{0, 1}, {inf, 0}}, good, 1).value));
  EXPECT_EQ(line_cost({{0.0, -0.0}, {}}, {{-0.0, 0.0}, {}}, 1).value, 0);
  EXPECT_FALSE(Wasserstein1D::refuse({.n = 0}).empty());
  EXPECT_FALSE(Wasserstein1D::refuse({.m = 0}).empty());
  EXPECT_FALSE(Wasserstein1D::refuse({.p = 0.5}).empty());
  EXPECT_FALSE(Wasserstein1D::refuse({.p = nan}).empty());
}

TEST(LineCost, TendsToThatOfUniformLaws) { // x_i = (i + 1/2) / n against the same times 2: int_0^1 u^p du
  constexpr int n = 1000;
  LineCloud x, y;
  for (int i = 0; i < n; ++i) x.at.push_back((i + 0.5) / n), y.at.push_back(2 * (i + 0.5) / n);
  std::reverse(y.at.begin(), y.at.end());
  EXPECT_NEAR(line_cost(x, y, 1).value, 0.5, 1e3 * u);
  EXPECT_NEAR(line_cost(x, y, 2).value, 1.0 / 3 - 1.0 / (12.0 * n * n), 1e3 * u); // the midpoint rule's error for u^2
}

} // namespace
} // namespace assay
