#include "reference/transport/augmenting_paths.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::transport {

constexpr double inf = std::numeric_limits<double>::infinity();

Matching shortest_augmenting_paths(int n, const Cost& cost) {
  std::vector<double> costs;
  costs.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) costs.push_back(cost(i, j));
  return shortest_augmenting_paths(n, costs);
}

Matching shortest_augmenting_paths(int n, const std::vector<double>& costs) {
  const auto size = static_cast<std::size_t>(n);
  Matching m{std::vector<std::int32_t>(size, -1), std::vector<double>(size, 0), std::vector<double>(size, 0)};
  std::vector<int> row_of(size, -1), before(size); // before[j]: the row from which the path came to column j
  std::vector<double> distance(size);
  std::vector<char> done(size);
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  const auto reduced = [&](int i, int j) {
    const double c = costs[at(i) * size + at(j)];
    return std::isfinite(c) ? c - m.v[at(j)] : inf;
  };

  for (int root = 0; root < n; ++root) {
    std::fill(distance.begin(), distance.end(), inf);
    std::fill(done.begin(), done.end(), 0);
    int row = root, end = -1;
    double length = 0;
    while (end < 0) {
      const double matched = row == root ? 0 : reduced(row, m.match[at(row)]);
      int nearest = -1;
      double least = inf;
      for (int j = 0; j < n; ++j) {
        if (done[at(j)] != 0) continue;
        const double longer = length + (reduced(row, j) - matched);
        if (longer < distance[at(j)]) distance[at(j)] = longer, before[at(j)] = row;
        if (distance[at(j)] < least) least = distance[at(j)], nearest = j;
      }
      if (nearest < 0) { // rows that were reached have no columns but those done
        std::fill(m.match.begin(), m.match.end(), -1);
        std::fill(m.u.begin(), m.u.end(), 0.0);
        m.u[at(root)] = 1;
        for (int j = 0; j < n; ++j) {
          m.v[at(j)] = done[at(j)] != 0 ? -1 : 0;
          if (done[at(j)] != 0) m.u[at(row_of[at(j)])] = 1;
        }
        m.value = inf;
        return m;
      }
      done[at(nearest)] = 1;
      length = least;
      if (row_of[at(nearest)] < 0)
        end = nearest;
      else
        row = row_of[at(nearest)];
    }
    for (int j = 0; j < n; ++j)
      if (done[at(j)] != 0) m.v[at(j)] += distance[at(j)] - length;
    for (int j = end; j >= 0;) {
      const int i = before[at(j)], next = m.match[at(i)];
      row_of[at(j)] = i;
      m.match[at(i)] = j;
      j = next;
    }
  }
  for (int i = 0; i < n; ++i) {
    m.u[at(i)] = inf;
    for (int j = 0; j < n; ++j) m.u[at(i)] = std::min(m.u[at(i)], reduced(i, j));
    m.value += costs[at(i) * size + at(m.match[at(i)])];
  }
  return m;
}

} // namespace assay::transport
