#include "reference/transport/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"

namespace assay {

using transport::Costs;

std::string Assignment::refuse(const Problem& p) {
  if (p.n < 0) return "n is negative";
  if (p.costs == Costs::matrix) return p.dim == 0 ? "" : "a matrix of costs has no dim";
  return p.dim < 1 ? "points have at least one coordinate" : "";
}

Work Assignment::work(const Problem& p, const Numerics&) {
  const double pairs = static_cast<double>(p.n) * p.n;
  return {pairs * (3 * p.dim + 2)};
}

void Assignment::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const std::int64_t points = std::int64_t{p.n} * p.dim, pairs = p.costs == Costs::matrix ? std::int64_t{p.n} * p.n : 0;
  const auto some = [&](const double* at, std::int64_t count, std::uint32_t stream) {
    const std::span<double> out(const_cast<double*>(at), static_cast<std::size_t>(count));
    if (fill == Fill::integers)
      fill_integers(random.key, stream, -8, 8, out);
    else
      fill_normal(random.key, stream, out);
    return out;
  };
  const std::span<double> x = some(a.x, points, 0);
  some(a.y, points, 1);
  const std::span<double> cost = some(a.cost, pairs, 2);
  if (fill != Fill::hostile) return;
  constexpr double odd[] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                            -std::numeric_limits<double>::infinity()};
  if (!x.empty()) x[x.size() / 2] = odd[1];
  for (std::size_t k = 0; k < cost.size(); ++k)
    if (uniforms(random.key, 3, k)[0] < 0.5) cost[k] = odd[k % 3];
}

std::vector<Check> Assignment::judge(const Problem& p, const Args<>& before, const Args<>& after, const Numerics& n) {
  using Real = long double;
  constexpr double u = numerics::u64;
  const auto cost = [&](std::int64_t i, std::int64_t j) -> Real {
    if (p.costs == Costs::matrix) return before.cost[i * p.n + j];
    Real sum = 0;
    for (int k = 0; k < p.dim; ++k) {
      const bool rows = p.costs == Costs::rows;
      const Real apart = static_cast<Real>(before.x[rows ? i * p.dim + k : k * std::int64_t{p.n} + i]) -
                         before.y[rows ? j * p.dim + k : k * std::int64_t{p.n} + j];
      sum += apart * apart;
    }
    return sum;
  };
  const auto allowed = [](Real c) { return std::isfinite(static_cast<double>(c)); };
  Real largest = 0, duals = 0, worst = 0, dual = 0, value = 0, sizes = 0;
  std::vector<int> hits(static_cast<std::size_t>(p.n), 0);
  double missed = 0;
  for (int i = 0; i < p.n; ++i) {
    for (const Real d : {after.u[i], after.v[i]}) {
      duals = std::isnan(d) ? d : std::max(duals, std::fabs(d));
      dual += d;
    }
    for (int j = 0; j < p.n; ++j) {
      const Real c = cost(i, j);
      if (!allowed(c)) continue;
      largest = std::max(largest, std::fabs(c));
      worst = std::max(worst, static_cast<Real>(after.u[i]) + after.v[j] - (std::isinf(*after.value) ? 0 : c));
    }
  }
  const auto number = [](Real x) { return static_cast<double>(x); };
  if (std::isinf(*after.value)) {
    for (int i = 0; i < p.n; ++i) missed += after.match[i] != -1;
    return {{"an infeasible problem has no match", missed, 0, 0},
            {"infinite cost", -*after.value, -std::numeric_limits<double>::infinity(), 0},
            {"the ray is feasible", number(worst), 0, 0},
            {"the ray is finite", number(duals), 1, 0},
            {"the dual grows along the ray", -number(dual), -1, 0}};
  }
  for (int i = 0; i < p.n; ++i) {
    const std::int32_t j = after.match[i];
    if (j < 0 || j >= p.n || hits[static_cast<std::size_t>(j)]++ > 0 || !allowed(cost(i, j))) {
      ++missed;
      continue;
    }
    value += cost(i, j);
    sizes += std::fabs(cost(i, j));
  }
  const double scale = number(largest + duals);
  return {{"rows without a column of their own", missed, 0, 0},
          {"size of the duals", number(duals), 4.0 * p.n * number(largest), 0},
          {"the duals are feasible", number(worst), 0, ((p.dim + 3) * number(largest) + 2 * number(duals)) * u},
          {"value is the cost of the match", number(std::fabs(value - *after.value)), 0, growth(p.n + p.dim + 2.0) * u * number(sizes)},
          {"primal less dual", number(value - dual), 0, p.n * (growth(4.0 * p.n) + 16) * n.add * scale}};
}

} // namespace assay
