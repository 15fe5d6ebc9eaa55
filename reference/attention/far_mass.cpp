#include "reference/attention/far_mass.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <tuple>

#include "reference/math/polygamma.hpp"
#include "reference/op.hpp"

namespace assay::attention {
namespace {

constexpr double u = numerics::u64;
const std::vector<double>& frequencies(int dim) {
  static std::map<int, std::vector<double>> known;
  std::vector<double>& list = known[dim];
  for (int i = static_cast<int>(list.size()); i < dim / 2; ++i) list.push_back(std::pow(10000, -2.0 * i / dim));
  return list;
}

} // namespace

RelativeBias no_bias() {
  return {.at = [](std::int64_t) { return 0.0; }};
}

RelativeBias alibi(double slope) {
  return {.at = [slope](std::int64_t t) { return -slope * static_cast<double>(t); }, .size = 1};
}

RelativeBias kerple_power(double r1, double r2) {
  return {.at = [=](std::int64_t t) { return -r1 * std::pow(static_cast<double>(t), r2); }, .size = 3};
}

RelativeBias kerple_log(double r1, double r2) {
  return {.at = [=](std::int64_t t) { return -r1 * std::log1p(r2 * static_cast<double>(t)); }, .size = 4};
}

double sandwich_curve(int dim, double t) {
  double sum = 0;
  for (const double theta : frequencies(dim)) sum += std::cos(t * theta);
  return sum;
}

double sandwich_drift(int dim) {
  double sum = 0;
  for (const double theta : frequencies(dim)) sum += theta * (3 - std::log(theta));
  return sum;
}

RelativeBias sandwich(double lambda, int dim, std::int64_t n, Leak leak) {
  static std::map<std::tuple<int, std::int64_t, std::int64_t>, std::vector<double>> curves;
  std::vector<double>& curve = curves[{dim, leak.window, leak.k}];
  for (auto t = static_cast<std::int64_t>(curve.size()); t < n; ++t) {
    const auto within = static_cast<double>(std::min(t, leak.window));
    curve.push_back(sandwich_curve(dim, within + (static_cast<double>(t) - within) / static_cast<double>(leak.k)));
  }
  return {.at = [lambda, &curve](std::int64_t t) { return lambda * curve[static_cast<std::size_t>(t)]; },
          .size = 1,
          .fixed = std::fabs(lambda) * dim * (dim + 4) / 4,
          .drift = std::fabs(lambda) * sandwich_drift(dim)};
}

RelativeBias capped(RelativeBias bias, std::int64_t last) {
  bias.at = [at = bias.at, last](std::int64_t t) { return at(std::min(t, last)); };
  return bias;
}

std::vector<BiasRow> bias_rows(const RelativeBias& bias, std::int64_t window, const std::vector<std::int64_t>& lengths, Visible visible) {
  struct Sums {
    double near = 0, far = 0, moment = 0, size = 0, slip = 0, far_slip = 0, moment_slip = 0; // slip: of e^b (error of b and of exp)
  } row;
  const auto add = [&](Sums& sums, std::int64_t t) {
    const double b = bias.at(t), weight = std::exp(b);
    const double off = weight * u * (2 + bias.size * std::fabs(b) + bias.fixed + bias.drift * static_cast<double>(t));
    (t < window ? sums.near : sums.far) += weight;
    if (t >= window) sums.far_slip += off;
    sums.moment += weight * b;
    sums.size += weight * std::fabs(b);
    sums.slip += off;
    sums.moment_slip += off * std::fabs(b);
  };
  std::vector<BiasRow> rows;
  std::int64_t t = 0;
  for (const std::int64_t n : lengths) {
    for (; t < std::min(n, visible.reach); ++t) add(row, t);
    Sums sums = row;
    for (std::int64_t sink = std::max(t, n - visible.sinks); sink < n; ++sink) add(sums, sink);
    const double all = sums.near + sums.far, share = sums.far / all, mean = sums.moment / all, chain = growth(static_cast<double>(n)) * u;
    rows.push_back({n,
                    {share, (sums.far_slip + share * sums.slip) / all + share * (2 * chain + 2 * u)},
                    {std::log(all) - mean, (sums.moment_slip + (1 + std::fabs(mean)) * sums.slip) / all +
                                               chain * (1 + 2 * sums.size / all) + 4 * u * (std::fabs(std::log(all)) + std::fabs(mean))}});
  }
  return rows;
}

double alibi_entropy(double slope) { return slope / std::expm1(slope) - std::log(-std::expm1(-slope)); }

double kerple_log_far_limit(int r1, std::int64_t window) {
  return std::fabs(math::polygamma(r1 - 1, static_cast<double>(window) + 1)) / (std::tgamma(r1) * math::zeta(r1));
}

double kerple_log_far_harmonic(std::int64_t window, std::int64_t n) {
  const auto harmonic = [](std::int64_t k) { return math::polygamma(0, static_cast<double>(k) + 1) + std::numbers::egamma; };
  return 1 - harmonic(window) / harmonic(n);
}

} // namespace assay::attention
