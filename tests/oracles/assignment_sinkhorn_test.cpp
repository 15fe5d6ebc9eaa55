// Assignment against all permutations, its judge against answers that are wrong, Sinkhorn against closed forms and difference quotients.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/assignment.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sinkhorn.hpp"
#include "reference/transport/sinkhorn_grad.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay {
namespace {

using namespace transport;
constexpr double inf = std::numeric_limits<double>::infinity(), u = numerics::u64;

double best_of_all(int n, const std::vector<double>& cost) {
  std::vector<int> match(static_cast<std::size_t>(n));
  std::iota(match.begin(), match.end(), 0);
  double best = inf;
  do {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += cost[static_cast<std::size_t>(i * n + match[static_cast<std::size_t>(i)])];
    best = std::min(best, sum);
  } while (std::next_permutation(match.begin(), match.end()));
  return best;
}

struct Answer {
  Assignment::Problem problem;
  std::vector<double> cost;
  Matching found;
  Answer(int n, std::vector<double> costs)
      : problem{.n = n, .dim = 0, .costs = Costs::matrix},
        cost(std::move(costs)),
        found(shortest_augmenting_paths(n, [&](int i, int j) { return cost[static_cast<std::size_t>(i * n + j)]; })) {}
  bool accepted() {
    const Assignment::Args<> args{nullptr, nullptr, cost.data(), found.match.data(), found.u.data(), found.v.data(), &found.value};
    const std::vector<Check> checks = Assignment::judge(problem, args, args, numerics::f64);
    return std::all_of(checks.begin(), checks.end(), holds);
  }
};

std::vector<double> random_costs(int n, std::uint64_t key, bool whole) {
  std::vector<double> cost(static_cast<std::size_t>(n * n));
  if (whole)
    fill_integers(key, 0, -3, 3, cost);
  else
    fill_normal(key, 0, cost);
  return cost;
}

TEST(AugmentingPaths, FindWhatAllPermutationsFind) {
  for (int n = 1; n <= 7; ++n)
    for (const bool whole : {false, true})
      for (std::uint64_t key = 0; key < 20; ++key) {
        Answer answer(n, random_costs(n, key, whole));
        EXPECT_NEAR(answer.found.value, best_of_all(n, answer.cost), whole ? 0 : 20 * n * u);
        EXPECT_TRUE(answer.accepted());
      }
}

TEST(AugmentingPaths, KnowWhenThereIsNoMatch) {
  int without = 0;
  for (std::uint64_t key = 0; key < 60; ++key) {
    std::vector<double> cost = random_costs(5, key, false);
    for (std::size_t k = 0; k < cost.size(); ++k)
      if (uniforms(key, 1, k)[0] < 0.6) cost[k] = inf;
    Answer answer(5, cost);
    EXPECT_EQ(std::isinf(answer.found.value), std::isinf(best_of_all(5, cost)));
    EXPECT_TRUE(answer.accepted());
    without += std::isinf(answer.found.value);
  }
  EXPECT_GT(without, 5);
  EXPECT_LT(without, 55);
}

TEST(Certificate, IsRejectedWhenSpoilt) {
  const Answer good(40, random_costs(40, 3, false));
  const auto spoilt = [&](auto spoil) {
    Answer bad = good;
    spoil(bad.found);
    return !bad.accepted();
  };
  EXPECT_FALSE(spoilt([](Matching&) {}));
  EXPECT_TRUE(spoilt([](Matching& m) { m.u[7] += 1e-6; }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.v[7] += 1e-6; }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.u[7] -= 1e-6; })); // feasible, and the gap shows
  EXPECT_TRUE(spoilt([](Matching& m) { m.match[3] = m.match[4]; }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.match[3] = -1; }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.value *= 1 + 1e-9; }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.u[3] = std::nan(""); }));
  EXPECT_TRUE(spoilt([](Matching& m) { m.value = std::nan(""); }));
  EXPECT_TRUE(spoilt([](Matching& m) { // duals so large that their rounding would hide anything
    for (double& one : m.u) one += 1e18;
    for (double& one : m.v) one -= 1e18;
  }));
  EXPECT_TRUE(spoilt([&](Matching& m) {
    std::swap(m.match[3], m.match[4]);
    m.value = 0;
    for (std::size_t i = 0; i < 40; ++i) m.value += good.cost[i * 40 + static_cast<std::size_t>(m.match[i])];
  }));
  EXPECT_TRUE(spoilt([](Matching& m) { // says that there is no match, with a ray that is none
    m.value = inf;
    std::fill(m.match.begin(), m.match.end(), -1);
    std::fill(m.u.begin(), m.u.end(), 0.0), std::fill(m.v.begin(), m.v.end(), 0.0);
    m.u[0] = 1;
  }));
}

TEST(Sinkhorn, OnePointHasTheMeanCostForAnyEps) {
  for (const double eps : {0.01, 1.0, 100.0}) {
    const std::vector<double> cost{1.5, 0.25, 4};
    const Entropic e{{1}, {0.5, 0.3, 0.2}, [&](int, int j) { return cost[static_cast<std::size_t>(j)]; }, eps};
    EXPECT_NEAR(dual_value(e, sinkhorn(e, 1)), 0.5 * 1.5 + 0.3 * 0.25 + 0.2 * 4, 1e2 * u * (4 + eps));
  }
}

TEST(Sinkhorn, TwoPointsInClosedForm) {
  for (const double eps : {0.2, 1.0, 5.0}) { // the plan is (p, 1/2 - p) by symmetry, p = 1 / (2 + 2 exp(-1 / eps))
    const Entropic e{{0.5, 0.5}, {0.5, 0.5}, [](int i, int j) { return i == j ? 0.0 : 1.0; }, eps};
    const double p = 0.5 / (1 + std::exp(-1 / eps)), off = 0.5 - p;
    const double value = 2 * off + eps * (2 * p * std::log(4 * p) + 2 * off * std::log(4 * off));
    EXPECT_NEAR(dual_value(e, sinkhorn(e, 2)), value, 1e2 * u * (1 + eps));
  }
}

TEST(SinkhornGrad, IsTheDifferenceQuotientOfTheOptimum) {
  const SinkhornGrad::Problem p{.n = 6, .m = 5, .dim = 2, .eps = 0.7};
  std::vector<double> x(12), a(6), y(10), b(5), dx(12);
  Sinkhorn::Args<> points{x.data(), a.data(), y.data(), b.data(), nullptr, nullptr, nullptr};
  Sinkhorn::fill({.n = 6, .m = 5, .dim = 2, .eps = 0.7}, points, Fill::normal, {11});
  const auto solved = [&](const std::vector<double>& at) {
    const Clouds c{6, 5, 2, at.data(), a.data(), y.data(), b.data()};
    const Entropic e{a, b, [&](int i, int j) { return c.cost(i, j); }, p.eps};
    const Potentials potentials = sinkhorn(e, 400);
    return std::pair(dual_value(e, potentials), potentials);
  };
  const Potentials potentials = solved(x).second;
  const SinkhornGrad::Args<> args{x.data(), a.data(), y.data(), b.data(), potentials.f.data(), potentials.g.data(), dx.data()};
  const Truth truth = SinkhornGrad::truth(p, args, numerics::f64, {})[0];
  constexpr double h = 1e-4;
  for (std::size_t k = 0; k < x.size(); ++k) {
    std::vector<double> more = x, less = x;
    more[k] += h, less[k] -= h;
    const double wide = (solved(more).first - solved(less).first) / (2 * h);
    more[k] = x[k] + 2 * h, less[k] = x[k] - 2 * h;
    const double wider = (solved(more).first - solved(less).first) / (4 * h);
    // Error of the quotient at h: a third of the difference to that at 2 h, to leading order; rounding of values of size 1.
    EXPECT_NEAR(truth.value[k], wide, std::fabs(wider - wide) + 1e2 * u / h);
  }
}

} // namespace
} // namespace assay
