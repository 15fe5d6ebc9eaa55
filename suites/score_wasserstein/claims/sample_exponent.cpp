// How fast W_p^p between two samples of n uniform points of the flat torus falls with n, from exact assignments.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, on_a_curve, root_taken, no_logarithm, correction_turned };
constexpr double pi = std::numbers::pi;
constexpr int sizes[] = {64, 128, 256, 512, 1024};
constexpr std::size_t steps = std::size(sizes);
// Bonferroni over the checks of this claim, 1e-6 together; those of fits are intervals of six standard errors, which is less.
constexpr double alpha = 1e-6 / 19, six_sigma = 1.9e-9;

// W_p^p of one pair of samples.
double distance(std::uint64_t key, std::uint32_t draw, int n, int dim, int power, bool curve) {
  const auto count = static_cast<std::size_t>(n), d = static_cast<std::size_t>(dim);
  std::vector<double> x(count * d), y(count * d), costs(count * count);
  fill_uniform(key, 2 * draw, x);
  fill_uniform(key, 2 * draw + 1, y);
  if (curve) // the closed diagonal
    for (std::size_t i = 0; i < count * d; ++i) x[i] = x[i / d * d], y[i] = y[i / d * d];
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < count; ++j) {
      double squared = 0;
      for (std::size_t k = 0; k < d; ++k) {
        const double apart = std::fabs(x[i * d + k] - y[j * d + k]), around = std::min(apart, 1 - apart);
        squared += around * around;
      }
      costs[i * count + j] = power == 2 ? squared : std::sqrt(squared);
    }
  return transport::shortest_augmenting_paths(n, costs).value / n;
}

struct Ladder {
  int dim, power, draws[steps];
  std::string_view slope; // published, with its standard error
  double slope_error;
};
constexpr Ladder ladders[] = {{1, 2, {1024, 512, 128, 16, 8}, "-1.08", 0.04},
                              {2, 2, {1024, 512, 128, 32, 8}, "-0.825", 0.012},
                              {3, 2, {256, 128, 64, 16, 4}, "-0.621", 0.005},
                              {5, 2, {256, 128, 64, 16, 4}, "-0.3887", 0.0021},
                              {3, 1, {256, 128, 64, 16, 4}, "-0.3125", 0.0025}};
using Samples = std::vector<std::vector<double>>; // of every size

const Samples& samples(std::uint64_t key, const Ladder& ladder, bool curve, int times) {
  static std::map<std::tuple<std::uint64_t, int, int, bool, int>, Samples> known; // seconds of work, which the controls share
  Samples& all = known[{key, ladder.dim, ladder.power, curve, times}];
  if (!all.empty()) return all;
  for (std::size_t s = 0; s < steps; ++s) {
    const std::uint64_t own = key_of(key, std::to_string(ladder.dim) + " " + std::to_string(ladder.power) + " " + std::to_string(sizes[s]));
    std::vector<double>& drawn = all.emplace_back();
    for (int k = 0; k < times * ladder.draws[s]; ++k)
      drawn.push_back(distance(own, static_cast<std::uint32_t>(k), sizes[s], ladder.dim, ladder.power, curve));
  }
  return all;
}

// Weighted least squares, y = constant + slope x, and standard errors.
struct Line {
  double constant, slope, constant_error, slope_error;
};
Line fit(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& error) {
  double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double weight = 1 / (error[k] * error[k]);
    w += weight, wx += weight * x[k], wy += weight * y[k], wxx += weight * x[k] * x[k], wxy += weight * x[k] * y[k];
  }
  const double determinant = w * wxx - wx * wx;
  return {(wxx * wy - wx * wxy) / determinant, (w * wxy - wx * wy) / determinant, std::sqrt(wxx / determinant), std::sqrt(w / determinant)};
}

// Means of all sizes with standard errors. The spread of W_p^p is taken as a power of n, fitted over all sizes: of the largest there are
// too few draws to tell their own.
struct Means {
  std::vector<double> log_n, mean, error;
  Means(const Samples& all, bool root) {
    std::vector<double> log_spread, uncertainty;
    for (std::size_t s = 0; s < all.size(); ++s) {
      const auto count = static_cast<double>(all[s].size());
      double sum = 0, squares = 0;
      for (const double one : all[s]) sum += (root ? std::sqrt(one) : one) / count;
      for (const double one : all[s]) squares += std::pow((root ? std::sqrt(one) : one) - sum, 2) / (count - 1);
      log_n.push_back(std::log(sizes[s]));
      mean.push_back(sum);
      log_spread.push_back(std::log(squares) / 2);
      uncertainty.push_back(1 / std::sqrt(2 * (count - 1)));
    }
    const Line power = fit(log_n, log_spread, uncertainty);
    for (std::size_t s = 0; s < all.size(); ++s)
      error.push_back(std::exp(power.constant + power.slope * log_n[s]) / std::sqrt(static_cast<double>(all[s].size())));
  }
};

// Beside what was published with a standard error of its own.
Check beside(std::string what, double measured, double error, std::string_view published, double published_error) {
  const Check digits = golden(what, measured, published);
  Check check = sampled(std::move(what), (measured - std::stod(digits.published)) / std::hypot(error, published_error), alpha);
  check.published = digits.published;
  check.measured = measured;
  return check;
}

// Epstein's zeta function of Z^d at 1, sum |k|^-2 continued from larger exponents, split by Ewald at 1; d = 1, 3, 5. Summed for |k|^2 <= 9;
// further terms are at most 3 exp(-pi |k|^2), and there are no more than (2 |k| + 1)^d of one length.
Estimate epstein(int dim) {
  const double h = dim / 2.0 - 1; // the other half has Gamma(h, t) / t^h
  const auto term = [&](Estimate t) {
    const Estimate tail = sqrt(math::pi) * erfc(sqrt(t)), top = exp(-t);
    const Estimate gamma = dim == 1 ? 2 * (top / sqrt(t) - tail) : dim == 3 ? tail : sqrt(t) * top + tail / 2;
    return top / t + gamma / pow(t, h);
  };
  const int side = 7, count = static_cast<int>(std::pow(side, dim));
  Estimate sum = -1 - 1 / Estimate{h}; // the two poles
  for (int k = 0; k < count; ++k) {
    int square = 0;
    for (int rest = k, axis = 0; axis < dim; ++axis, rest /= side) square += (rest % side - 3) * (rest % side - 3);
    if (square > 0 && square <= 9) sum = sum + term(math::pi * square);
  }
  for (int square = dim == 1 ? 16 : 10; square < 50; ++square)
    sum.error += std::pow(2 * std::sqrt(square) + 1, dim) * 3 * std::exp(-pi * square);
  return math::pi * sum;
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.sample-exponent");
  const auto drawn = [&](const Ladder& ladder) -> const Samples& {
    return samples(key, ladder, inquiry.broken == on_a_curve && ladder.dim == 3, inquiry.thorough ? 8 : 1);
  };
  for (const Ladder& ladder : ladders) {
    const Means found(drawn(ladder), inquiry.broken == root_taken);
    std::vector<double> log_mean, relative;
    for (std::size_t s = 0; s < steps; ++s) {
      log_mean.push_back(std::log(found.mean[s]));
      relative.push_back(found.error[s] / found.mean[s]);
      inquiry.row("mean",
                  {{"d", ladder.dim}, {"p", ladder.power}, {"n", sizes[s]}, {"mean", found.mean[s]}, {"standard_error", found.error[s]}});
    }
    const Line line = fit(found.log_n, log_mean, relative);
    const std::string at = ", d = " + std::to_string(ladder.dim) + ", p = " + std::to_string(ladder.power);
    inquiry.check(beside("slope of log E" + at, line.slope, line.slope_error, ladder.slope, ladder.slope_error));
    inquiry.row("slope", {{"d", ladder.dim}, {"p", ladder.power}, {"slope", line.slope}, {"standard_error", line.slope_error}});
  }

  const auto zeta = [&](int dim) {
    const double sign = inquiry.broken == correction_turned ? -1 : 1;
    return sign * epstein(dim) / (2 * math::pi * math::pi);
  };
  inquiry.check(golden("zeta function of Z^3 over 2 pi^2", zeta(3), "-0.4516"));
  inquiry.check(identity("zeta function of Z over 2 pi^2", zeta(1), Estimate{1} / 6)); // 2 zeta(2) = pi^2 / 3
  // n^(2/d) E, n E below d = 2, is constant + coefficient * term.
  struct Law {
    const Ladder& ladder;
    double coefficient, (*term)(double n), constant; // NaN: not known
    std::string_view published, single[steps];       // of the constant, of every size
  };
  const auto log = [](double n) { return std::log(n); };
  const Law laws[] = {
      {ladders[0], 0, log, zeta(1).value, "", {}},
      {ladders[1], inquiry.broken == no_logarithm ? 0 : 1 / (2 * pi), log, 0.1332, "0.1332", {"", "", "", "1.125", "1.230"}},
      {ladders[2],
       zeta(3).value,
       [](double n) { return 1 / std::cbrt(n); },
       0.6625,
       "0.6625",
       {"0.546", "0.573", "0.579", "0.610", "0.614"}},
      {ladders[3], zeta(5).value, [](double n) { return std::pow(n, -0.6); }, std::nan(""), "", {}}};
  for (const Law& law : laws) {
    const Means found(drawn(law.ladder), inquiry.broken == root_taken);
    const std::string at = ", d = " + std::to_string(law.ladder.dim);
    std::vector<double> term, scaled, error;
    double weights = 0, constant = 0;
    for (std::size_t s = 0; s < steps; ++s) {
      const double scale = std::pow(sizes[s], 2.0 / std::max(law.ladder.dim, 2));
      term.push_back(law.term(sizes[s]));
      scaled.push_back(scale * found.mean[s]);
      error.push_back(scale * found.error[s]);
      weights += std::pow(error[s], -2), constant += std::pow(error[s], -2) * (scaled[s] - law.coefficient * term[s]);
      // Those of single sizes were published without errors. If all five are alike, relatively, their slope's is one of them over sqrt(sum
      // (log n - mean)^2) = ln 2 sqrt(10).
      const double theirs = law.ladder.slope_error * std::numbers::ln2 * std::sqrt(10.0) * scaled[s];
      if (!law.single[s].empty())
        inquiry.check(beside("n^(2/d) E" + at + ", n = " + std::to_string(sizes[s]), scaled[s], error[s], law.single[s], theirs));
    }
    const Line line = fit(term, scaled, error);
    inquiry.check(sampled("coefficient of the finite-size law" + at, (line.slope - law.coefficient) / line.slope_error, six_sigma));
    const double found_constant = constant / weights, constant_error = 1 / std::sqrt(weights);
    const std::string what = "constant of the finite-size law" + at;
    if (!law.published.empty())
      inquiry.check(beside(what, found_constant, constant_error, law.published, 0));
    else if (!std::isnan(law.constant))
      inquiry.check(sampled(what, (found_constant - law.constant) / constant_error, alpha));
    for (std::size_t s = 0; s < steps; ++s)
      inquiry.row("law", {{"d", law.ladder.dim},
                          {"n", sizes[s]},
                          {"scaled", scaled[s]},
                          {"standard_error", error[s]},
                          {"law", (std::isnan(law.constant) ? found_constant : law.constant) + law.coefficient * term[s]}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sample-exponent",
     .statement = "Between two samples of n uniform points of the flat torus E W2^2 is log n / (2 pi n) + .1332 / n in the plane and "
                  ".6625 n^(-2/3) - .4516 / n in space, 1 / (6 n) on the line; bare slopes are those that were published",
     .source = "Caracciolo, Lucibello, Parisi and Sicuro, arXiv 1402.6993; exponents: Fournier and Guillin, arXiv 1312.2128",
     .kind = Kind::sampled,
     .broken_by = {"points of space lie on a curve", "W2 instead of its square", "no logarithm in the plane",
                   "the correction in space has the other sign"},
     .ask = ask});

} // namespace
} // namespace assay
