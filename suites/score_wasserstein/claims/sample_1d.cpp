// How far a sample on the line is from its law, and from another sample.
//
// Uniform law: x_(i) has mean i / (n + 1) and variance i (n + 1 - i) / ((n + 1)^2 (n + 2)), so for squares both expectations are exact for
// every n. First distances: E W_1 = int E|F_n - t| dt, where n F_n(t) is binomial and E|B - n t| = 2 t^{k+1} (1 - t)^{n-k} (n - k) C(n, k),
// k = floor(n t) (De Moivre); times sqrt(n) it tends to E|N| int (t (1 - t))^{1/2} dt = sqrt(2 / pi) pi / 8, with a next term in 1 / n.
// Normal law: E W_2^2 of two samples is 2 sum_i Var x_(i) / n = 2 (1 - sum_i (E x_(i))^2 / n), since the squares of all x_(i) have the sum
// n in the mean. It falls more slowly than 1 / n, by a factor like log log n.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/random.hpp"
#include "reference/transport/wasserstein_1d.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, half_of_the_points, variance_for_deviation, law_of_one_over_n };
constexpr double alpha = 1e-7; // ten sampled checks: 1e-6

struct Mean {
  double value, error;
};
// draw(repeat) over `repeats` independent samples.
template <class Draw> Mean mean_of(int repeats, Draw draw) {
  double sum = 0, squares = 0;
  for (int r = 0; r < repeats; ++r) {
    const double one = draw(static_cast<std::uint32_t>(r));
    sum += one, squares += one * one;
  }
  const double mean = sum / repeats;
  return {mean, std::sqrt((squares / repeats - mean * mean) / (repeats - 1))};
}

double z(const Mean& mean, double expected) { return (mean.value - expected) / mean.error; }

// Points uniform on [0, 1], against the law itself: the law has its quantile u on [i / n, (i + 1) / n].
double squared_to_law(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double apart = x[i] - (static_cast<double>(i) + 0.5) / n;
    sum += apart * apart + 1 / (12 * n * n);
  }
  return sum / n;
}
double first_to_law(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double low = static_cast<double>(i) / n, high = static_cast<double>(i + 1) / n;
    const double inside = std::clamp(x[i], low, high); // int_low^high |x - u| du
    sum += ((inside - low) * (inside - low) + (high - inside) * (high - inside)) / 2 + std::fabs(x[i] - inside) / n;
  }
  return sum;
}

std::vector<double> uniform(int n, std::uint64_t key, std::uint32_t stream) {
  std::vector<double> x(static_cast<std::size_t>(n));
  fill_uniform(key, stream, x);
  return x;
}
std::vector<double> normal(int n, std::uint64_t key, std::uint32_t stream) {
  std::vector<double> x(static_cast<std::size_t>(n));
  fill_normal(key, stream, x);
  return x;
}

// sqrt(n) E W_1 of n uniform points to their law.
Estimate first_distance(int n) {
  std::vector<double> edges;
  for (int k = 0; k <= n; ++k) edges.push_back(static_cast<double>(k) / n);
  const auto mean_deviation = [&](double t) {
    const double k = std::min(std::floor(n * t), n - 1.0);
    const double log_chance =
        std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k) + (k + 1) * std::log(t) + (n - k) * std::log1p(-t);
    return 2 * std::exp(log_chance) / n; // of F_n
  };
  Estimate e = math::integrate(mean_deviation, edges);
  const double logarithms = 8 * n * std::log(n) * numerics::u64; // roundings of the exponents, whose parts are below n log n
  return {std::sqrt(n) * e.value, std::sqrt(n) * (e.error + logarithms * e.value)};
}

// n E W_2^2 of two samples of n normals: 2 (n - sum_i (E x_(i))^2) by Gauss-Kronrod panels, narrower than the density of any x_(i).
Estimate normal_samples(int n) {
  const math::PairedRule& rule = math::gauss_kronrod_rule();
  const int panels = static_cast<int>(18 * std::sqrt(n) / 2);
  struct Node {
    double z, kronrod, gauss, below, above, density; // logarithms of Phi, 1 - Phi, phi
  };
  std::vector<Node> nodes;
  for (int k = 0; k < panels; ++k)
    for (std::size_t e = 0; e < rule.node.size(); ++e) {
      const double half = 9.0 / panels, at = -9 + half * (2 * k + 1 + rule.node[e]);
      nodes.push_back({at, half * rule.kronrod[e], half * rule.gauss[e], std::log(0.5 * std::erfc(-at / std::sqrt(2.0))),
                       std::log(0.5 * std::erfc(at / std::sqrt(2.0))), -at * at / 2 - 0.5 * std::log(2 * std::numbers::pi)});
    }
  double sum = 0, error = 0;
  for (int i = 1; i <= n / 2; ++i) { // the other half by symmetry
    const double chance = std::lgamma(n + 1) - std::lgamma(i) - std::lgamma(n - i + 1);
    double kronrod = 0, gauss = 0;
    for (const Node& node : nodes) {
      const double exponent = chance + (i - 1) * node.below + (n - i) * node.above + node.density;
      if (exponent < -60) continue; // e^-60 over a width of 18
      const double term = node.z * std::exp(exponent);
      kronrod += node.kronrod * term, gauss += node.gauss * term;
    }
    sum += 2 * kronrod * kronrod;
    error += 4 * std::fabs(kronrod) * (std::fabs(kronrod - gauss) + 8 * n * std::log(n) * numerics::u64 * std::fabs(kronrod) + 1e-24);
  }
  return {2 * (n - sum), 2 * error};
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.sample-1d");
  const int more = inquiry.thorough ? 16 : 1;
  const double wide = normal_threshold(alpha), part = inquiry.broken == half_of_the_points ? 2 : 1;
  struct Published {
    int n;
    const char *to_law, *two;
    double to_law_error, two_error;
  };
  for (const Published& at : {Published{5, "0.0337", "0.05560", 2e-4, 3.7e-4}, Published{50, "0.003346", "0.006530", 2.1e-5, 4.1e-5}}) {
    const int n = at.n, repeats = more * 8000;
    const Mean to_law = mean_of(repeats, [&](std::uint32_t r) { return squared_to_law(uniform(n, key, 4 * r)); });
    const Mean two = mean_of(repeats, [&](std::uint32_t r) {
      return transport::line_cost({uniform(n, key, 4 * r + 1), {}}, {uniform(n, key, 4 * r + 2), {}}, 2).value;
    });
    const double exact_to_law = 1 / (6 * n / part), exact_two = 1 / (3 * (n / part + 1));
    inquiry.check(sampled("E W_2^2 of n uniform points and their law = 1 / (6 n)", z(to_law, exact_to_law), alpha));
    inquiry.check(sampled("E W_2^2 of two times n uniform points = 1 / (3 (n + 1))", z(two, exact_two), alpha));
    // The published means come with standard errors of their own.
    inquiry.check(golden("1 / (6 n) and a published mean, n = " + std::to_string(n), exact_to_law, at.to_law, wide * at.to_law_error));
    inquiry.check(golden("1 / (3 (n + 1)) and a published mean, n = " + std::to_string(n), exact_two, at.two, wide * at.two_error));
    inquiry.row("uniform",
                {{"n", n}, {"to_law", to_law.value}, {"to_law_error", to_law.error}, {"two", two.value}, {"two_error", two.error}});
  }

  const double limit = std::sqrt(2 / std::numbers::pi) * (inquiry.broken == variance_for_deviation ? 1.0 / 6 : std::numbers::pi / 8);
  const Estimate few = first_distance(100), many = first_distance(400);
  const Mean first = mean_of(more * 600, [&](std::uint32_t r) { return std::sqrt(400) * first_to_law(uniform(400, key, 4 * r + 3)); });
  inquiry.check(sampled("sqrt(n) E W_1 from binomial laws, n = 400", z(first, many.value * std::sqrt(part)), alpha));
  inquiry.check(golden("sqrt(n) E W_1 and a published mean, n = 400", many.value * std::sqrt(part), "0.3134", wide * 3.5e-3));
  // With a next term in 1 / n the extrapolation is off by less than it moves.
  const double extrapolated = (4 * many.value - few.value) / 3;
  inquiry.check(
      identity("limit of sqrt(n) E W_1", extrapolated, limit, std::fabs(extrapolated - many.value) + 2 * (few.error + many.error)));

  const Estimate hundred = normal_samples(100);
  for (const int n : {100, 1000}) {
    const Estimate exact = n == 100 || inquiry.broken == law_of_one_over_n ? hundred : normal_samples(n);
    const Mean drawn = mean_of(more * (n == 100 ? 2000 : 300), [&](std::uint32_t r) {
      return n * transport::line_cost({normal(n, key, 1000000 + 2 * r), {}}, {normal(n, key, 1000001 + 2 * r), {}}, 2).value;
    });
    inquiry.check(sampled("n E W_2^2 of two normal samples, from means of order statistics", z(drawn, part * exact.value), alpha));
    const double grown = std::log(std::log(n) / std::log(100));
    if (n > 100)
      inquiry.check(inequality("n E W_2^2 grows by more than log log n", hundred.value + grown, exact.value, hundred.error + exact.error));
    inquiry.row("normal", {{"n", n}, {"exact", exact.value}, {"error", exact.error}, {"drawn", drawn.value}, {"drawn_error", drawn.error}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sample-1d",
     .statement = "n uniform points are 1/(6n) from their law and 1/(3(n+1)) from n others in E W_2^2, exactly, and sqrt(n) E W_1 tends to "
                  "sqrt(2/pi) pi/8; for normal points n E W_2^2 grows.",
     .source = "Bobkov and Ledoux, Memoirs of the AMS 1259 (2019)",
     .kind = Kind::sampled,
     .broken_by = {"half as many points", "t (1 - t) for its root", "n E W_2^2 of normal points is that of 100"},
     .ask = ask});

} // namespace
} // namespace assay
