// Law: clouds whose points are all given twice cost twice as much. Duals may be those of the points, so nothing cheaper is hidden there.
#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/transport/assignment.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, moved, not_doubled };

void ask(Inquiry& inquiry, const Apply<Assignment>& apply) {
  constexpr int n = 26;
  std::vector<double> x(4 * n), y(4 * n), u(2 * n), v(2 * n);
  std::vector<std::int32_t> match(2 * n);
  double once = 0, twice = 0;
  Assignment::Args<> a{x.data(), y.data(), nullptr, match.data(), u.data(), v.data(), &once};
  Assignment::fill({.n = n, .dim = 2}, a, Fill::normal, {inquiry.seed});
  for (std::vector<double>* cloud : {&x, &y})
    for (std::size_t k = 0; k < 2 * n; ++k) (*cloud)[k] = (*cloud)[2 * n + k] = static_cast<float>((*cloud)[k]); // what every storage keeps
  if (inquiry.broken == moved) x[2 * n] += 1;
  apply({.n = n, .dim = 2}, a);
  a.value = &twice;
  apply({.n = 2 * n, .dim = 2}, a);
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      largest = std::max(largest, std::pow(x[2 * i] - y[2 * j], 2) + std::pow(x[2 * i + 1] - y[2 * j + 1], 2));
  }
  for (std::size_t i = 0; i < 2 * n; ++i) largest = std::max({largest, std::fabs(u[i]), std::fabs(v[i])});
  // Each is within its gap of the optimum, and has its own roundings (assignment.hpp); 2 C in place of C + D.
  const auto within = [&](double m) { return m * (growth(4 * m) + 16 + growth(m + 4)) * inquiry.numerics.add * 2 * largest; };
  inquiry.check(
      identity("cost of clouds given twice", twice, inquiry.broken == not_doubled ? once : 2 * once, 2 * within(n) + within(2 * n)));
}

ASSAY_LAW(Law<Assignment>{.name = "twice",
                          .statement = "clouds whose points are all given twice cost twice as much",
                          .broken_by = {"one copy is moved", "the cost stays what it was"},
                          .ask = ask});

} // namespace
} // namespace assay
