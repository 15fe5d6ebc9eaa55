// The certificate of an assignment, and what breaks it.
#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/assignment.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;
enum Broken { none, raised_dual, swapped, long_steps };
constexpr int n = 100, few = 8;

// Bertsekas's auction with one step: every row ends within `step` of its best column. Annals of Operations Research 14 (1988).
Matching auction(const Cost& cost, double step) {
  Matching m{std::vector<std::int32_t>(n, -1), std::vector<double>(n), std::vector<double>(n, 0.0)};
  std::vector<int> row_of(n, -1), waiting(n);
  for (int i = 0; i < n; ++i) waiting[static_cast<std::size_t>(i)] = i;
  while (!waiting.empty()) {
    const int i = waiting.back();
    waiting.pop_back();
    double least = std::numeric_limits<double>::infinity(), second = least;
    int best = -1;
    for (int j = 0; j < n; ++j) {
      const double reduced = cost(i, j) - m.v[static_cast<std::size_t>(j)];
      if (reduced < least)
        second = least, least = reduced, best = j;
      else
        second = std::min(second, reduced);
    }
    const auto j = static_cast<std::size_t>(best);
    m.v[j] -= second - least + step;
    if (row_of[j] >= 0) waiting.push_back(row_of[j]);
    row_of[j] = i;
    m.match[static_cast<std::size_t>(i)] = best;
  }
  for (int i = 0; i < n; ++i) {
    double& u = m.u[static_cast<std::size_t>(i)] = std::numeric_limits<double>::infinity();
    for (int j = 0; j < n; ++j) u = std::min(u, cost(i, j) - m.v[static_cast<std::size_t>(j)]);
  }
  for (std::size_t j = 0; j < n; ++j) m.match[static_cast<std::size_t>(row_of[j])] = static_cast<std::int32_t>(j);
  for (int i = 0; i < n; ++i) m.value += cost(i, m.match[static_cast<std::size_t>(i)]);
  return m;
}

// The vertices of the linear program are the permutations (Birkhoff): of few rows, all of them.
double least_vertex(int rows, const Cost& cost) {
  std::vector<int> column(static_cast<std::size_t>(rows));
  std::iota(column.begin(), column.end(), 0);
  double least = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (int i = 0; i < rows; ++i) sum += cost(i, column[static_cast<std::size_t>(i)]);
    least = std::min(least, sum);
  } while (std::next_permutation(column.begin(), column.end()));
  return least;
}

double dual_of(const Matching& m) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += m.u[i] + m.v[i];
  return sum;
}

void ask(Inquiry& inquiry) {
  const Assignment::Problem problem{.n = n};
  std::vector<double> x(2 * n), y(2 * n);
  Assignment::Args<> args{x.data(), y.data(), nullptr, nullptr, nullptr, nullptr, nullptr};
  Assignment::fill(problem, args, Fill::normal, {key_of(inquiry.seed, "transport.duality-gap")});
  const auto cost = [&](int i, int j) {
    double sum = 0;
    for (int k = 0; k < 2; ++k) {
      const double apart = x[static_cast<std::size_t>(2 * i + k)] - y[static_cast<std::size_t>(2 * j + k)];
      sum += apart * apart;
    }
    return sum;
  };
  Matching m = shortest_augmenting_paths(n, cost);
  const double optimum = m.value, rounding = n * numerics::u64 * optimum;
  if (inquiry.broken == raised_dual) m.v[n / 2] += 1e-6;
  if (inquiry.broken == swapped) {
    std::swap(m.match[3], m.match[4]);
    m.value = 0;
    for (int i = 0; i < n; ++i) m.value += cost(i, m.match[static_cast<std::size_t>(i)]);
  }
  args = {x.data(), y.data(), nullptr, m.match.data(), m.u.data(), m.v.data(), &m.value};
  for (const Check& check : Assignment::judge(problem, args, args, numerics::f64))
    if (check.what == "the duals are feasible" || check.what == "primal less dual") inquiry.check(check);
  const Matching small = shortest_augmenting_paths(few, cost);
  double found = small.value;
  if (inquiry.broken == swapped)
    found += cost(3, small.match[4]) + cost(4, small.match[3]) - cost(3, small.match[3]) - cost(4, small.match[4]);
  inquiry.check(identity("the least vertex of 8 rows", found, least_vertex(few, cost), few * numerics::u64 * small.value));
  for (const double step : {1e-2, 1e-3, 1e-4}) {
    const Matching found = auction(cost, inquiry.broken == long_steps ? 10 * step : step);
    inquiry.check(inequality("gap of an auction <= n steps", found.value - dual_of(found), n * step, rounding));
    inquiry.row("auction", {{"step", step}, {"gap", found.value - dual_of(found)}, {"beyond_optimum", found.value - optimum}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/duality-gap",
     .statement = "Feasible duals prove an assignment optimal but for the gap, which is rounding for shortest augmenting paths and at most "
                  "n steps for an auction; what the paths find is the least vertex of the linear program",
     .source = "Birkhoff 1946; Kuhn 1955; Jonker and Volgenant, Computing 38 (1987); Bertsekas, Annals of Operations Research 14 (1988)",
     .kind = Kind::bound,
     .broken_by = {"one dual is 1e-6 too large", "two rows swap their columns", "an auction with ten times the step"},
     .ask = ask});

} // namespace
} // namespace assay
