#include "reference/transport/sliced_wasserstein.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "reference/random.hpp"
#include "reference/rounding.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay {

using namespace transport;

namespace {

struct Projected {
  LineCloud cloud;
  double error = 0; // of any of them
};

Projected project(const double* x, int n, int dim, const double* theta, double u) {
  Projected out;
  double most = 0;
  for (int i = 0; i < n; ++i) {
    double sum = 0, sizes = 0;
    for (int k = 0; k < dim; ++k) {
      sum += theta[k] * x[std::int64_t{i} * dim + k];
      sizes += std::fabs(theta[k] * x[std::int64_t{i} * dim + k]);
    }
    out.cloud.at.push_back(sum);
    most = std::max(most, sizes);
  }
  // Once in the unit of the variant and once here, in double.
  out.error = (gamma(growth(dim), u) + gamma(growth(dim), numerics::u64)) * most + dim * lost_below(u);
  return out;
}

} // namespace

std::string SlicedWasserstein::refuse(const Problem& p) {
  if (p.n < 1 || p.m < 1 || p.dim < 1) return "there is a point on either side, with a coordinate";
  if (p.directions < 1) return "there is a direction";
  return p.p >= 1 && std::isfinite(p.p) ? "" : "p is a finite number, at least 1";
}

void SlicedWasserstein::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const auto some = [&](const double* at, std::uint32_t stream, int rows, int limit) {
    const std::span<double> out(const_cast<double*>(at), static_cast<std::size_t>(rows) * static_cast<std::size_t>(p.dim));
    if (fill == Fill::integers)
      fill_integers(random.key, stream, -limit, limit, out);
    else
      fill_normal(random.key, stream, out);
    return out;
  };
  const std::span<double> x = some(a.x, 0, p.n, 8), y = some(a.y, 1, p.m, 8), theta = some(a.theta, 2, p.directions, 2);
  if (fill == Fill::integers) return;
  for (double& one : y) one += 0.5;
  for (std::size_t first = 0; first < theta.size(); first += static_cast<std::size_t>(p.dim)) {
    double squares = 0;
    for (std::size_t k = first; k < first + static_cast<std::size_t>(p.dim); ++k) squares += theta[k] * theta[k];
    for (std::size_t k = first; k < first + static_cast<std::size_t>(p.dim); ++k) theta[k] /= std::sqrt(squares);
  }
  if (fill == Fill::hostile)
    x[x.size() / 2] = p.n % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
}

Work SlicedWasserstein::work(const Problem& p, const Numerics&) {
  return {(static_cast<double>(p.n) + p.m) * p.directions * (2 * p.dim + 2)};
}

std::vector<Truth> SlicedWasserstein::truth(const Problem& p, const Args<>& before, const Numerics& num, Sample) {
  const double u = numerics::u64, count = p.directions;
  Truth distance;
  std::vector<double> cost, off;
  double sum = 0, off_sum = 0, off_squares = 0, largest = 0, off_largest = 0;
  for (int k = 0; k < p.directions; ++k) {
    const double* const theta = before.theta + std::int64_t{k} * p.dim;
    const Projected x = project(before.x, p.n, p.dim, theta, num.add), y = project(before.y, p.m, p.dim, theta, num.add);
    const LineCost line = line_cost(x.cloud, y.cloud, p.p);
    const double w = root(line.value, p.p), e = root_bound(line.value, line.bound, p.p) + x.error + y.error;
    const double d = line.bound + p.p * std::pow(w + e, p.p - 1) * (x.error + y.error);
    distance.value.push_back(w), distance.bound.push_back(std::isnan(w) ? 0 : e);
    cost.push_back(line.value), off.push_back(d);
    sum += line.value, off_sum += d, off_squares += d * d;
    largest = std::isnan(w) ? w : std::max(largest, w), off_largest = std::max(off_largest, e);
  }
  if (std::isnan(sum)) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    distance.value.assign(distance.value.size(), nan), distance.bound.assign(distance.value.size(), 0);
    return {distance, {{nan, nan, nan}, {0, 0, 0}, {}}};
  }
  const double mean = sum / count, rounding = gamma(growth(count) + 2, u) * mean, off_mean = off_sum / count + rounding;
  double squares = 0;
  for (const double c : cost) squares += (c - mean) * (c - mean);
  const double pairs = count * (count - 1);
  double error = std::numeric_limits<double>::infinity(), off_error = 0;
  if (p.directions > 1) {
    error = std::sqrt(squares / pairs);
    off_error = std::sqrt(off_squares / pairs) + rounding / std::sqrt(count - 1);
    off_error += gamma(growth(count) + 4, u) * (error + off_error);
  }
  return {distance, {{root(mean, p.p), largest, error}, {root_bound(mean, off_mean, p.p), off_largest, off_error}, {}}};
}

} // namespace assay
