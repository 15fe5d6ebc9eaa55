// What entropy adds to the cost between n points of equal weight.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;
constexpr int n = 24;

// <C, P> + eps KL(P | a x b) of a plan that has the right rows and columns: above OT_eps. From potentials by rounding (arXiv 1705.09634).
double primal_value(const Entropic& e, const Potentials& p) {
  std::vector<double> plan(n * n), rows(n, 0.0), columns(n, 0.0);
  const double w = 1.0 / n;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * n + j);
      plan[at] = w * w * std::exp((p.f[static_cast<std::size_t>(i)] + p.g[static_cast<std::size_t>(j)] - e.cost(i, j)) / e.eps);
      rows[static_cast<std::size_t>(i)] += plan[at];
    }
  for (std::size_t i = 0; i < n; ++i) {
    const double scale = std::min(1.0, w / rows[i]);
    rows[i] = 0;
    for (std::size_t j = 0; j < n; ++j) columns[j] += plan[i * n + j] *= scale;
  }
  std::vector<double> columns_lack(n);
  for (std::size_t j = 0; j < n; ++j) {
    const double scale = std::min(1.0, w / columns[j]);
    for (std::size_t i = 0; i < n; ++i) rows[i] += plan[i * n + j] *= scale;
    columns_lack[j] = std::max(0.0, w - columns[j] * scale);
  }
  double lacking = 0, value = 0;
  for (const double row : rows) lacking += std::max(0.0, w - row);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double mass = plan[i * n + j] + (lacking > 0 ? std::max(0.0, w - rows[i]) * columns_lack[j] / lacking : 0);
      if (mass > 0) value += mass * (e.cost(static_cast<int>(i), static_cast<int>(j)) + e.eps * std::log(mass / (w * w)));
    }
  return value;
}

void ask(Inquiry& inquiry) {
  std::vector<double> x(2 * n), y(2 * n);
  fill_normal(key_of(inquiry.seed, "transport.sinkhorn-discrete"), 0, x);
  fill_normal(key_of(inquiry.seed, "transport.sinkhorn-discrete"), 1, y);
  std::vector<double> costs(n * n);
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      costs[i * n + j] = std::pow(x[2 * i] - y[2 * j], 2) + std::pow(x[2 * i + 1] - y[2 * j + 1], 2);
      largest = std::max(largest, costs[i * n + j]);
    }
  const auto cost = [&](int i, int j) { return costs[static_cast<std::size_t>(i * n + j)]; };
  const double exact = shortest_augmenting_paths(n, cost).value / n, rounding = 1e2 * numerics::u64 * largest;
  for (const double eps : {0.3, 0.1, 0.03, 0.01, 0.003, 0.001}) {
    const Entropic problem{std::vector<double>(n, 1.0 / n), std::vector<double>(n, 1.0 / n), cost, eps};
    const Potentials potentials = sinkhorn(problem, 4000);
    const double below = dual_value(problem, potentials), above = primal_value(problem, potentials);
    double dual = 0; // of the problem without eps
    for (int j = 0; j < n; ++j) {
      double nearest = std::numeric_limits<double>::infinity();
      for (int i = 0; i < n; ++i) nearest = std::min(nearest, cost(i, j) - potentials.f[static_cast<std::size_t>(i)]);
      dual += (nearest + potentials.f[static_cast<std::size_t>(j)]) / n;
    }
    const double most = eps * std::log(n) / (inquiry.broken == 1 ? 2 : 1), least = inquiry.broken == 2 ? eps * std::log(n) : 0;
    inquiry.check(inequality("OT + least <= OT_eps, of all eps", exact + least, above, rounding));
    inquiry.check(inequality("OT_eps <= OT + eps log n, of all eps", below, exact + most, rounding));
    inquiry.check(
        inequality("the c-transform's dual <= OT, of all eps", dual + (inquiry.broken == 3 ? 2 * eps * std::log(n) : 0), exact, rounding));
    inquiry.row("discrete",
                {{"eps", eps}, {"below", below - exact}, {"above", above - exact}, {"most", eps * std::log(n)}, {"dual", exact - dual}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sinkhorn-discrete",
     .statement = "Between n points of equal weight each, OT <= OT_eps <= OT + eps log n for any cost, and the c-transform of a potential "
                  "bounds OT from below",
     .source = "KL(P | a x b) is at least 0, and log n for a matching; Cuturi, arXiv 1306.0895; Altschuler et al., arXiv 1705.09634",
     .kind = Kind::bound,
     .broken_by = {"entropy adds at most half of eps log n", "entropy adds at least eps log n", "the dual gains 2 eps log n"},
     .ask = ask});

} // namespace
} // namespace assay
