// Rows enter one after another, each along a shortest path of reduced costs to a free column: Dijkstra over all columns.
// Limit: n^3 looks at costs, one at a time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/transport/costs.hpp"
#include "kernels/variant.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

template <class T> void run(const Assignment::Problem& p, const Assignment::Args<T>& a, const Launch&) {
  const transport::PairCost<T> cost{p, a.x, a.y, a.cost};
  const auto size = static_cast<std::size_t>(p.n);
  std::vector<int> row_of(size, -1), before(size);
  std::vector<double> distance(size);
  std::vector<char> done(size);
  std::fill(a.match, a.match + p.n, -1);
  std::fill(a.v, a.v + p.n, 0.0);
  const auto at = [](int i) { return static_cast<std::size_t>(i); };

  for (int root = 0; root < p.n; ++root) {
    std::fill(distance.begin(), distance.end(), inf);
    std::fill(done.begin(), done.end(), 0);
    int row = root, last = -1;
    double length = 0;
    while (last < 0 || row_of[at(last)] >= 0) {
      if (last >= 0) row = row_of[at(last)];
      const double start = row == root ? 0 : length - (cost(row, a.match[row]) - a.v[a.match[row]]);
      int nearest = -1;
      double least = inf;
      for (int j = 0; j < p.n; ++j) {
        if (done[at(j)] != 0) continue;
        const double through = start + (cost(row, j) - a.v[j]);
        if (through < distance[at(j)]) distance[at(j)] = through, before[at(j)] = row;
        if (distance[at(j)] < least) least = distance[at(j)], nearest = j;
      }
      if (nearest < 0) {
        transport::report_infeasible(a, p.n, root, [&](int j) { return done[at(j)] != 0 ? row_of[at(j)] : -1; });
        return;
      }
      done[at(nearest)] = 1;
      length = least;
      last = nearest;
    }
    for (int j = 0; j < p.n; ++j)
      if (done[at(j)] != 0) a.v[j] += distance[at(j)] - length;
    while (last >= 0) {
      const int i = before[at(last)], next = a.match[i];
      row_of[at(last)] = i;
      a.match[i] = last;
      last = next;
    }
  }
  *a.value = 0;
  for (int i = 0; i < p.n; ++i) {
    a.u[i] = inf;
    for (int j = 0; j < p.n; ++j) a.u[i] = std::min(a.u[i], cost(i, j) - a.v[j]);
    *a.value += cost(i, a.match[i]);
  }
}

template <class T> constexpr Variant<Assignment, T> variant() {
  return {.name = "cpu_naive",
          .idea = "shortest augmenting paths, one row after another",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const Assignment::Problem& p) { return p.n <= 1000; }}; // 40 s for 4000
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
