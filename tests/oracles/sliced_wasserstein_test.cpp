// Sliced distances against assignments of projections, the line, and moments of clouds that are moved.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sliced_wasserstein.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay {
namespace {

using namespace transport;
constexpr double u = numerics::u64;

struct Call {
  SlicedWasserstein::Problem problem;
  std::vector<double> x, y, theta;
  explicit Call(const SlicedWasserstein::Problem& p)
      : problem(p),
        x(static_cast<std::size_t>(p.n * p.dim)),
        y(static_cast<std::size_t>(p.m * p.dim)),
        theta(static_cast<std::size_t>(p.directions * p.dim)) {
    SlicedWasserstein::Args<> args = this->args();
    SlicedWasserstein::fill(p, args, Fill::normal, {5});
  }
  SlicedWasserstein::Args<> args() { return {x.data(), y.data(), theta.data(), nullptr, nullptr}; }
  std::vector<Truth> truth() { return SlicedWasserstein::truth(problem, args(), numerics::f64, {}); }
};

TEST(Sliced, IsTheBestAssignmentOfProjections) {
  Call call({.n = 20, .m = 20, .dim = 3, .directions = 6, .p = 2});
  const std::vector<Truth> truth = call.truth();
  double sum = 0, largest = 0, squares = 0;
  std::vector<double> costs;
  for (std::size_t k = 0; k < 6; ++k) {
    const auto along = [&](const std::vector<double>& points, int i) {
      double at = 0;
      for (std::size_t e = 0; e < 3; ++e) at += call.theta[3 * k + e] * points[3 * static_cast<std::size_t>(i) + e];
      return at;
    };
    const Matching best = shortest_augmenting_paths(20, [&](int i, int j) { return std::pow(along(call.x, i) - along(call.y, j), 2); });
    costs.push_back(best.value / 20);
    sum += costs.back(), largest = std::max(largest, std::sqrt(costs.back()));
    EXPECT_NEAR(truth[0].value[k], std::sqrt(costs.back()), truth[0].bound[k] + 50 * u);
  }
  for (const double cost : costs) squares += std::pow(cost - sum / 6, 2);
  EXPECT_NEAR(truth[1].value[0], std::sqrt(sum / 6), truth[1].bound[0] + 50 * u);
  EXPECT_NEAR(truth[1].value[1], largest, truth[1].bound[1] + 50 * u);
  EXPECT_NEAR(truth[1].value[2], std::sqrt(squares / 5 / 6), truth[1].bound[2] + 50 * u);
}

TEST(Sliced, OnTheLineIsTheLine) {
  Call call({.n = 30, .m = 40, .dim = 1, .directions = 2, .p = 1});
  call.theta = {1, -1};
  const std::vector<Truth> truth = call.truth();
  const double line = line_cost({call.x, {}}, {call.y, {}}, 1).value;
  EXPECT_EQ(truth[0].value[0], line);
  EXPECT_NEAR(truth[0].value[1], line, truth[0].bound[1]); // added from the other end
  EXPECT_NEAR(truth[1].value[0], line, truth[1].bound[0]);
}

TEST(Sliced, OfACloudThatIsMovedIsTheStepSeenAlongEachDirection) {
  Call call({.n = 25, .m = 25, .dim = 4, .directions = 7, .p = 2});
  const double step[] = {0.5, -1, 2, 0.25};
  for (std::size_t i = 0; i < call.y.size(); ++i) call.y[i] = call.x[i] + step[i % 4];
  const std::vector<Truth> truth = call.truth();
  for (std::size_t k = 0; k < 7; ++k) {
    double along = 0;
    for (std::size_t e = 0; e < 4; ++e) along += call.theta[4 * k + e] * step[e];
    EXPECT_NEAR(truth[0].value[k], std::fabs(along), truth[0].bound[k] + 50 * u);
  }
}

TEST(Sliced, RefusesNoDirection) {
  EXPECT_FALSE(SlicedWasserstein::refuse({.directions = 0}).empty());
  EXPECT_FALSE(SlicedWasserstein::refuse({.n = 0}).empty());
  Call one({.n = 4, .m = 4, .dim = 2, .directions = 1});
  EXPECT_TRUE(std::isinf(one.truth()[1].value[2]));
}

} // namespace
} // namespace assay
