// W2^2 between samples exceeds, on average, W2^2 between what they were drawn from.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

enum Broken { none, entropic, means_only };
constexpr std::pair<int, int> asked[] = {{16, 400}, {48, 200}, {128, 100}}; // n, and how many pairs of samples
constexpr double alpha = 1e-6 / 6;                                          // Bonferroni over the checks of this claim, 1e-6 together

// N(0, I) is carried to N(m, A^2) by y = A x + m, the gradient of u(x) = x.A x / 2 + m.x, so |x|^2 - 2 u(x) and |y|^2 - 2 u*(y) are optimal
// potentials: u(x) + u*(y) >= x.y, and together they are below the cost of every pair (Brenier 1991).
constexpr double a[] = {2, 0.5}, m[] = {0.5, 0};
constexpr double squared_distance = 0.5 * 0.5 + 1 * 1 + 0.5 * 0.5; // |m|^2 + sum (a - 1)^2

double potential_x(const double* x) {
  double sum = 0;
  for (int k = 0; k < 2; ++k) sum += x[k] * x[k] - a[k] * x[k] * x[k] - 2 * m[k] * x[k];
  return sum;
}
double potential_y(const double* y) {
  double sum = 0;
  for (int k = 0; k < 2; ++k) sum += y[k] * y[k] - (y[k] - m[k]) * (y[k] - m[k]) / a[k];
  return sum;
}

double squares(const double* x, const double* y) { return (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]); }

// S_eps of equal weights. So large an eps is settled by two sweeps, as far as a control minds.
double debiased(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = x.size() / 2;
  const auto between = [&](const std::vector<double>& from, const std::vector<double>& to) {
    const std::vector<double> weight(n, 1.0 / static_cast<double>(n));
    const Entropic e{weight, weight,
                     [&](int i, int j) { return squares(&from[2 * static_cast<std::size_t>(i)], &to[2 * static_cast<std::size_t>(j)]); },
                     50};
    return dual_value(e, sinkhorn(e, 2));
  };
  return between(x, y) - (between(x, x) + between(y, y)) / 2;
}

double exact(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<int>(x.size() / 2);
  const auto cost = [&](int i, int j) { return squares(&x[2 * static_cast<std::size_t>(i)], &y[2 * static_cast<std::size_t>(j)]); };
  return shortest_augmenting_paths(n, cost).value / n;
}

struct Mean {
  double value = 0, error = 0;
  explicit Mean(const std::vector<double>& drawn) {
    const auto count = static_cast<double>(drawn.size());
    for (const double one : drawn) value += one / count;
    for (const double one : drawn) error += (one - value) * (one - value) / (count * (count - 1));
    error = std::sqrt(error);
  }
};

void ask(Inquiry& inquiry) {
  for (const auto& [n, pairs] : asked) {
    const std::string at = ", n = " + std::to_string(n);
    const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.plugin-bias" + at);
    std::vector<double> x(2 * static_cast<std::size_t>(n)), y(x.size()), excess, dual;
    const auto count = static_cast<std::uint32_t>(inquiry.thorough ? 10 * pairs : pairs);
    for (std::uint32_t draw = 0; draw < count; ++draw) {
      fill_normal(key, 2 * draw, x);
      fill_normal(key, 2 * draw + 1, y);
      double potentials = 0;
      for (std::size_t i = 0; i < x.size(); i += 2) {
        for (std::size_t k = 0; k < 2; ++k) y[i + k] = m[k] + a[k] * y[i + k];
        potentials += (potential_x(&x[i]) + potential_y(&y[i])) / n;
      }
      excess.push_back((inquiry.broken == entropic ? debiased(x, y) : exact(x, y)) - potentials);
      dual.push_back(potentials);
    }
    const Mean bias(excess), means(dual);
    const double truth = squared_distance - (inquiry.broken == means_only ? 1.25 : 0);
    inquiry.check(sampled("E W2^2 of samples >= that of their laws, pair by pair" + at, std::max(0.0, -bias.value / bias.error), alpha));
    inquiry.check(sampled("mean of the potentials over samples" + at, (means.value - truth) / means.error, alpha));
    inquiry.row("bias", {{"n", n}, {"bias", bias.value}, {"standard_error", bias.error}, {"squared_distance", squared_distance}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/plugin-bias",
     .statement = "E W2^2(mu_n, nu_n) >= W2^2(mu, nu): optimal potentials of the laws are feasible for the samples, where their mean "
                  "is W2^2(mu, nu) on average",
     .source = "joint convexity of W2^2; Villani, Topics in Optimal Transportation (2003), theorem 1.3",
     .kind = Kind::sampled,
     .broken_by = {"debiased entropic cost with a large eps in place of W2^2", "the distance of the means alone"},
     .ask = ask});

} // namespace
} // namespace assay
