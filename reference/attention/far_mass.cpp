#include "reference/attention/far_mass.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

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

RelativeBias sandwich(double lambda, int dim, std::int64_t n) {
  static std::map<int, std::vector<double>> curves;
  std::vector<double>& curve = curves[dim];
  for (auto t = static_cast<std::int64_t>(curve.size()); t < n; ++t) curve.push_back(sandwich_curve(dim, static_cast<double>(t)));
  return {.at = [lambda, &curve](std::int64_t t) { return lambda * curve[static_cast<std::size_t>(t)]; },
          .size = 1,
          .fixed = std::fabs(lambda) * dim * (dim + 4) / 4,
          .drift = std::fabs(lambda) * sandwich_drift(dim)};
}

RelativeBias capped(RelativeBias bias, std::int64_t last) {
  bias.at = [at = bias.at, last](std::int64_t t) { return at(std::min(t, last)); };
  return bias;
}

std::vector<BiasRow> bias_rows(const RelativeBias& bias, std::int64_t window, const std::vector<std::int64_t>& lengths,
                               std::int64_t reach) {
  std::vector<BiasRow> rows;
  double near = 0, far = 0, moment = 0, size = 0, slip = 0, far_slip = 0, moment_slip = 0; // slip: sums of e^b (error of b and of exp)
  auto next = lengths.begin();
  for (std::int64_t t = 0; next != lengths.end(); ++t) {
    if (t < reach) {
      const double b = bias.at(t), weight = std::exp(b);
      const double off = weight * u * (2 + bias.size * std::fabs(b) + bias.fixed + bias.drift * static_cast<double>(t));
      (t < window ? near : far) += weight;
      if (t >= window) far_slip += off;
      moment += weight * b;
      size += weight * std::fabs(b);
      slip += off;
      moment_slip += off * std::fabs(b);
    }
    if (t + 1 < *next) continue;
    const double all = near + far, share = far / all, mean = moment / all, chain = growth(static_cast<double>(*next)) * u;
    rows.push_back({*next,
                    {share, (far_slip + share * slip) / all + share * (2 * chain + 2 * u)},
                    {std::log(all) - mean, (moment_slip + (1 + std::fabs(mean)) * slip) / all + chain * (1 + 2 * size / all) +
                                               4 * u * (std::fabs(std::log(all)) + std::fabs(mean))}});
    ++next;
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
