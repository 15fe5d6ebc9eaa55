// Sinkhorn against closed forms, difference quotients and exact assignment; its two bounds against a plan that is written out, and its
// judge against answers that are wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sinkhorn.hpp"
#include "reference/transport/sinkhorn_grad.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay {
namespace {

using namespace transport;
constexpr double u = numerics::u64;

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

// An answer of the op: what its truth says, to be spoilt.
struct Answer {
  Sinkhorn::Problem problem;
  std::vector<double> x, a, y, b;
  std::vector<Truth> truth;

  explicit Answer(const Sinkhorn::Problem& p, bool equal_weights, std::uint64_t key)
      : problem(p),
        x(static_cast<std::size_t>(p.n * p.dim)),
        a(static_cast<std::size_t>(p.n)),
        y(static_cast<std::size_t>(p.m * p.dim)),
        b(static_cast<std::size_t>(p.m)) {
    Sinkhorn::Args<> args = this->args();
    Sinkhorn::fill(p, args, Fill::normal, {key});
    if (equal_weights) a.assign(a.size(), 1.0 / p.n), b.assign(b.size(), 1.0 / p.m);
    truth = Sinkhorn::truth(p, args, numerics::f64, {});
  }
  Sinkhorn::Args<> args() { return {x.data(), a.data(), y.data(), b.data(), nullptr, nullptr, nullptr}; }
  Clouds clouds() const { return {problem.n, problem.m, problem.dim, x.data(), a.data(), y.data(), b.data()}; }
  bool accepts(int output, std::size_t at, double value) const {
    const Truth& right = truth[static_cast<std::size_t>(output)];
    return std::fabs(value - right.value[at]) <= right.bound[at];
  }
};

TEST(SinkhornBounds, EncloseTheBestAssignmentAndClose) {
  for (std::uint64_t key = 0; key < 5; ++key) {
    double width = 1e300;
    for (const double eps : {2.0, 0.5, 0.1, 0.02}) {
      const Answer answer({.n = 24, .m = 24, .dim = 2, .eps = eps, .iterations = 800}, true, key);
      const double exact = shortest_augmenting_paths(24, [&](int i, int j) { return answer.clouds().cost(i, j); }).value / 24;
      const std::vector<double>&result = answer.truth[2].value, &bound = answer.truth[2].bound;
      EXPECT_LE(result[2], exact + bound[2]);
      EXPECT_LE(exact, result[3] + bound[3]);
      EXPECT_LT(result[3] - result[2], width);
      width = result[3] - result[2];
    }
    EXPECT_LT(width, 0.02 * std::log(24));
  }
}

// The plan after rounding, all of it, of potentials that need not be good: rows and columns are right, its cost is what `upper` says.
TEST(SinkhornBounds, UpperIsTheCostOfAPlan) {
  for (const int iterations : {1, 3}) {
    const Answer answer({.n = 19, .m = 14, .dim = 3, .eps = 0.4, .iterations = iterations}, false, 5);
    const std::vector<double>&f = answer.truth[0].value, &g = answer.truth[1].value;
    const std::size_t n = f.size(), m = g.size();
    std::vector<double> plan(n * m);
    const auto row = [&](std::size_t i) {
      double sum = 0;
      for (std::size_t j = 0; j < m; ++j) sum += plan[i * m + j];
      return sum;
    };
    const auto column = [&](std::size_t j) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += plan[i * m + j];
      return sum;
    };
    const auto cost = [&](std::size_t i, std::size_t j) {
      return answer.clouds().cost(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
    };
    double unrounded = 0, marginal = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < m; ++j) {
        plan[i * m + j] = answer.a[i] * answer.b[j] * std::exp((f[i] + g[j] - cost(i, j)) / answer.problem.eps);
        unrounded += plan[i * m + j] * cost(i, j);
      }
    for (std::size_t i = 0; i < n; ++i) marginal += std::fabs(row(i) - answer.a[i]);
    EXPECT_NEAR(marginal, answer.truth[2].value[1], answer.truth[2].bound[1] + 1e2 * u);
    for (std::size_t i = 0; i < n; ++i) {
      const double scale = row(i) > answer.a[i] ? answer.a[i] / row(i) : 1;
      for (std::size_t j = 0; j < m; ++j) plan[i * m + j] *= scale;
    }
    for (std::size_t j = 0; j < m; ++j) {
      const double scale = column(j) > answer.b[j] ? answer.b[j] / column(j) : 1;
      for (std::size_t i = 0; i < n; ++i) plan[i * m + j] *= scale;
    }
    std::vector<double> p(n), q(m);
    double lacking = 0, value = 0;
    for (std::size_t i = 0; i < n; ++i) lacking += p[i] = answer.a[i] - row(i);
    for (std::size_t j = 0; j < m; ++j) q[j] = answer.b[j] - column(j);
    ASSERT_GT(lacking, 1e-3);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < m; ++j) value += (plan[i * m + j] += p[i] * q[j] / lacking) * cost(i, j);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(row(i), answer.a[i], 1e2 * u);
    for (std::size_t j = 0; j < m; ++j) EXPECT_NEAR(column(j), answer.b[j], 1e2 * u);
    EXPECT_GE(*std::min_element(plan.begin(), plan.end()), -4 * u);
    EXPECT_TRUE(answer.accepts(2, 3, value));
    EXPECT_FALSE(answer.accepts(2, 3, unrounded));                // <C, P> of a plan with wrong rows is no bound
    EXPECT_FALSE(answer.accepts(2, 2, answer.truth[2].value[0])); // nor is <a, f> + <b, g> one of the problem without eps
  }
}

TEST(SinkhornJudge, RefusesPotentialsThatAreSpoilt) {
  const Answer answer({.n = 31, .m = 20, .dim = 3, .eps = 0.5, .iterations = 4}, false, 7);
  for (int output = 0; output < 3; ++output) {
    const std::vector<double>& right = answer.truth[static_cast<std::size_t>(output)].value;
    for (std::size_t i = 0; i < right.size(); ++i) {
      EXPECT_TRUE(answer.accepts(output, i, right[i]));
      EXPECT_FALSE(answer.accepts(output, i, right[i] + 1e-6)) << output << ' ' << i;
      EXPECT_FALSE(answer.accepts(output, i, right[i] - 1e-6));
      EXPECT_FALSE(answer.accepts(output, i, std::nan("")));
    }
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
