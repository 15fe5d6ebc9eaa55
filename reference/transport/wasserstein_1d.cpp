#include "reference/transport/wasserstein_1d.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "reference/random.hpp"
#include "reference/rounding.hpp"
#include "reference/sample.hpp"

namespace assay {

namespace transport {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Sorted {
  std::vector<double> at;
  std::vector<long double> up_to; // weight of the points so far, this one included
};

Sorted sorted(const LineCloud& cloud) {
  std::vector<std::size_t> order(cloud.at.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return cloud.at[i] < cloud.at[j]; });
  Sorted s;
  long double sum = 0;
  for (const std::size_t i : order) {
    s.at.push_back(cloud.at[i]);
    s.up_to.push_back(sum += cloud.weight.empty() ? 1 : static_cast<long double>(cloud.weight[i]));
  }
  return s;
}

bool usable(const LineCloud& cloud) {
  const auto finite = [](double x) { return std::isfinite(x); };
  return std::all_of(cloud.at.begin(), cloud.at.end(), finite) &&
         std::all_of(cloud.weight.begin(), cloud.weight.end(), [&](double w) { return finite(w) && w >= 0; });
}

} // namespace

double root(double cost, double p) { return p == 1 ? cost : p == 2 ? std::sqrt(cost) : std::pow(cost, 1 / p); }

double root_bound(double cost, double off, double p) {
  const double near = std::pow(off, 1 / p), rounding = 4 * numerics::u64 * root(cost, p);
  return rounding + (cost > off ? std::min(near, off / (p * std::pow(cost - off, 1 - 1 / p))) : near);
}

LineCost line_cost(const LineCloud& x, const LineCloud& y, double p) {
  if (!usable(x) || !usable(y)) return {nan, 0};
  const Sorted s = sorted(x), t = sorted(y);
  const auto total = static_cast<double>(s.up_to.back() * t.up_to.back());
  if (!(total > 0) || !std::isfinite(total)) return {nan, 0};
  long double sum = 0, at = 0;
  for (std::size_t i = 0, j = 0; i < s.at.size() && j < t.at.size();) {
    const long double x_ends = s.up_to[i] * t.up_to.back(), y_ends = t.up_to[j] * s.up_to.back(), end = std::min(x_ends, y_ends);
    sum += (end - at) * std::pow(std::fabs(static_cast<long double>(s.at[i]) - t.at[j]), static_cast<long double>(p));
    at = end;
    if (x_ends <= end) ++i;
    if (y_ends <= end) ++j;
  }
  const double u = numerics::u64, n = static_cast<double>(x.at.size()), m = static_cast<double>(y.at.size());
  const double value = static_cast<double>(sum) / total;
  double bound = gamma(growth(n + m) + p + 8, u) * value + (n + m) * lost_below(u);
  if (!x.weight.empty() || !y.weight.empty()) {
    const double across = std::max(s.at.back(), t.at.back()) - std::min(s.at.front(), t.at.front());
    bound += 2 * 2 * (growth(n) + growth(m) + 2) * u * p * std::pow(across, p);
  }
  return {value, bound};
}

} // namespace transport

using namespace transport;

std::string Wasserstein1D::refuse(const Problem& p) {
  if (p.pairs < 0) return "pairs is negative";
  if (p.n < 1 || p.m < 1) return "there is a point on either side";
  return p.p >= 1 && std::isfinite(p.p) ? "" : "p is a finite number, at least 1";
}

void Wasserstein1D::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const auto span = [&](const double* at, int count) {
    return std::span<double>(const_cast<double*>(at), static_cast<std::size_t>(p.pairs) * static_cast<std::size_t>(count));
  };
  const auto points = [&](std::uint32_t stream, std::span<double> out) {
    if (fill != Fill::integers) return fill_normal(random.key, stream, out);
    fill_integers(random.key, stream, -8, 8, out);
    for (std::size_t i = 0; i < out.size(); i += 2) out[i] = out[i] == 0 ? -0.0 : out[i];
  };
  const auto weights = [&](std::uint32_t stream, std::span<double> out) {
    if (fill == Fill::integers) {
      fill_integers(random.key, stream, 0, 4, out);
      const std::size_t row = out.size() / static_cast<std::size_t>(p.pairs);
      for (std::size_t i = 0; i < out.size(); i += row) out[i] = 1; // no cloud without weight
      return;
    }
    fill_uniform(random.key, stream, out);
    for (std::size_t i = 5; i < out.size(); i += 8) out[i] = 0;
  };
  points(0, span(a.x, p.n));
  points(1, span(a.y, p.m));
  if (p.pairs == 0) return;
  if (p.weights) weights(2, span(a.a, p.n)), weights(3, span(a.b, p.m));
  if (fill != Fill::hostile) return;
  const auto last = static_cast<std::size_t>(p.pairs - 1),
             middle = last * static_cast<std::size_t>(p.n) + static_cast<std::size_t>(p.n / 2),
             first = last * static_cast<std::size_t>(p.m);
  switch (p.n % 4) {
    case 0: span(a.x, p.n)[middle] = nan; break;
    case 1: span(a.x, p.n)[middle] = std::numeric_limits<double>::infinity(); break;
    case 2: p.weights ? span(a.a, p.n)[middle] = -0.125 : span(a.y, p.m)[first] = nan; break;
    default: p.weights ? span(a.b, p.m)[first] = nan : span(a.y, p.m)[first] = -std::numeric_limits<double>::infinity();
  }
}

Work Wasserstein1D::work(const Problem& p, const Numerics&) { return {p.pairs * (static_cast<double>(p.n) + p.m) * (p.weights ? 4 : 2)}; }

std::vector<Truth> Wasserstein1D::truth(const Problem& p, const Args<>& before, const Numerics&, Sample sample) {
  Truth truth{{}, {}, chosen(p.pairs, sample, 0)};
  const auto add = [&](std::int64_t k) {
    const auto cloud = [&](const double* at, const double* weight, std::int64_t count) {
      LineCloud c{{at + k * count, at + (k + 1) * count}, {}};
      if (p.weights) c.weight.assign(weight + k * count, weight + (k + 1) * count);
      return c;
    };
    const LineCost cost = line_cost(cloud(before.x, before.a, p.n), cloud(before.y, before.b, p.m), p.p);
    truth.value.push_back(root(cost.value, p.p));
    truth.bound.push_back(std::isnan(cost.value) ? 0 : root_bound(cost.value, cost.bound, p.p));
  };
  if (truth.at.empty())
    for (std::int64_t k = 0; k < p.pairs; ++k) add(k);
  else
    for (const std::int64_t k : truth.at) add(k);
  return {truth};
}

} // namespace assay
