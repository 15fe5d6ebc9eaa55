// Assignment against all permutations, and its judge against answers that are wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/assignment.hpp"
#include "reference/transport/augmenting_paths.hpp"

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

// Cycles of negative cost are cancelled until there is none (Klein 1967): nothing in common with shortest paths from free rows.
double by_cancelling(int n, const std::vector<double>& cost) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<std::size_t> match(size);
  std::iota(match.begin(), match.end(), std::size_t{0});
  for (;;) {
    // Rows are nodes; from i to k: row i takes the column of row k. Bellman and Ford from everywhere at once.
    std::vector<double> distance(size, 0);
    std::vector<std::size_t> before(size, size);
    std::size_t last = size;
    for (std::size_t pass = 0; pass <= size; ++pass) {
      last = size;
      for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < size; ++k) {
          const double longer = distance[i] + cost[i * size + match[k]] - cost[i * size + match[i]];
          if (longer < distance[k] - 1e-12) distance[k] = longer, before[k] = i, last = k;
        }
      if (last == size) break;
    }
    if (last == size) break;
    for (std::size_t step = 0; step < size; ++step) last = before[last]; // into the cycle
    const std::size_t first = last;
    std::vector<std::size_t> cycle;
    do cycle.push_back(last), last = before[last];
    while (last != first);
    for (std::size_t j = 1; j < cycle.size(); ++j) std::swap(match[first], match[cycle[j]]); // each takes the column of the one before
  }
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += cost[i * size + match[i]];
  return sum;
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

TEST(AugmentingPaths, FindWhatCancelledCyclesFind) {
  for (const int n : {12, 25, 40})
    for (std::uint64_t key = 0; key < 5; ++key) {
      const Answer answer(n, random_costs(n, key, false));
      EXPECT_NEAR(answer.found.value, by_cancelling(n, answer.cost), 1e-12 * n * n);
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

} // namespace
} // namespace assay
