// What entropy adds to the cost between n points of equal weight.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

enum Broken { none, half, all_of_it, dual_gains, counting_measure };
constexpr int n = 24, clouds = 24, sweeps = 100;
constexpr double epsilons[] = {0.3, 0.1, 0.03, 0.01, 0.003, 0.001};
constexpr std::string_view published[] = {"0.228", "0.419", "0.628", "0.782", "0.914", "0.974"}; // of one pair of clouds in the unit square
constexpr double alpha = 1e-6 / 6;

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

// Roundings, with C, F, G the largest |c|, |f|, |g|: of a cost 4; of a potential those of its exponents and log-sum-exp, which does not
// enlarge them; n of each sum. Of a plan n in each marginal and 8 in its entries, times what an entry costs.
double slack(double largest, double eps, const Potentials& p) {
  double f = 0, g = 0;
  for (const double one : p.f) f = std::max(f, std::fabs(one));
  for (const double one : p.g) g = std::max(g, std::fabs(one));
  const double potential = 4 * largest + (n + 2) * (f + g) + (std::log2(n) + 4) * eps;
  return numerics::u64 * std::max(potential + n * largest, (2 * n + 8) * (largest + eps * (2 * std::log(n) + 1)));
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "transport.sinkhorn-discrete");
  std::vector<double> share[std::size(epsilons)];
  for (std::uint32_t cloud = 0; cloud < clouds; ++cloud) {
    std::vector<double> x(2 * n), y(2 * n), costs(n * n);
    fill_uniform(key, 2 * cloud, x);
    fill_uniform(key, 2 * cloud + 1, y);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) costs[i * n + j] = std::pow(x[2 * i] - y[2 * j], 2) + std::pow(x[2 * i + 1] - y[2 * j + 1], 2);
    const double largest = *std::max_element(costs.begin(), costs.end());
    const Matching best = shortest_augmenting_paths(n, costs);
    const double exact = best.value / n;
    const auto cost = [&](int i, int j) { return costs[static_cast<std::size_t>(i * n + j)]; };
    for (std::size_t k = 0; k < std::size(epsilons); ++k) {
      const double eps = epsilons[k];
      const Entropic problem{std::vector<double>(n, 1.0 / n), std::vector<double>(n, 1.0 / n), cost, eps};
      Potentials potentials{{}, best.v}; // from where eps is 0: as soon as few pairs matter, sweeps from 0 are slow
      for (int sweep = 0; sweep < sweeps; ++sweep) {
        potentials.f = row_potentials(problem, potentials.g);
        potentials.g = column_potentials(problem, potentials.f);
      }
      const double other = inquiry.broken == counting_measure ? 2 * eps * std::log(n) : 0;
      const double below = dual_value(problem, potentials) - other, above = primal_value(problem, potentials) - other;
      double dual = 0; // of the problem without eps
      for (int j = 0; j < n; ++j) {
        double nearest = std::numeric_limits<double>::infinity();
        for (int i = 0; i < n; ++i) nearest = std::min(nearest, cost(i, j) - potentials.f[static_cast<std::size_t>(i)]);
        dual += (nearest + potentials.f[static_cast<std::size_t>(j)]) / n;
      }
      const double whole = eps * std::log(n), rounding = slack(largest, eps, potentials);
      share[k].push_back((below - exact) / whole);
      inquiry.check(inequality("OT + least <= lower bound of OT_eps", exact + (inquiry.broken == all_of_it ? whole : 0), below, rounding));
      const double most = exact + (inquiry.broken == half ? whole / 2 : whole);
      inquiry.check(inequality("lower bound of OT_eps <= OT + eps log n", below, most, rounding));
      // For sharper eps the rounded plan is too far from the best one: a hundred sweeps do not bring it below that of the matching.
      if (eps >= 0.01) inquiry.check(inequality("upper bound of OT_eps <= OT + eps log n", above, most, rounding));
      inquiry.check(inequality("the c-transform's dual <= OT", dual + (inquiry.broken == dual_gains ? 2 * whole : 0), exact, rounding));
      if (cloud == 0)
        inquiry.row("discrete",
                    {{"eps", eps}, {"below", below - exact}, {"above", above - exact}, {"most", whole}, {"dual", exact - dual}});
    }
  }
  for (std::size_t k = 0; k < std::size(epsilons); ++k) { // the published one is one more draw of the same law
    double mean = 0, squares = 0;
    for (const double one : share[k]) mean += one / clouds;
    for (const double one : share[k]) squares += (one - mean) * (one - mean) / (clouds - 1);
    const std::string what = "(OT_eps - OT) / (eps log n), eps = " + std::to_string(epsilons[k]);
    const Check digits = golden(what, mean, published[k]);
    Check check = sampled(what, std::max(0.0, digits.lhs - digits.slack) / std::sqrt(squares * (1 + 1.0 / clouds)), alpha);
    check.published = digits.published;
    check.measured = mean;
    inquiry.check(check);
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sinkhorn-discrete",
     .statement = "Between n points of equal weight each, OT <= OT_eps <= OT + eps log n for any cost, and the c-transform of a potential "
                  "bounds OT from below",
     .source = "KL(P | a x b) is at least 0, and log n for a matching; Cuturi, arXiv 1306.0895; Altschuler et al., arXiv 1705.09634",
     .kind = Kind::bound,
     .broken_by = {"entropy adds at most half of eps log n", "entropy adds at least eps log n", "the dual gains 2 eps log n",
                   "entropy against the counting measure"},
     .ask = ask});

} // namespace
} // namespace assay
