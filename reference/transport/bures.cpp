#include "reference/transport/bures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>

#include "reference/math/eigenvalues.hpp"
#include "reference/math/gaussian_w2.hpp"
#include "reference/random.hpp"
#include "reference/sample.hpp"

namespace assay {
namespace {

constexpr double u = numerics::u64, nan = std::numeric_limits<double>::quiet_NaN();

struct Covariance {
  std::vector<double> at;
  int d;
  double operator()(int i, int j) const { return at[static_cast<std::size_t>(i * d + j)]; }
  double trace() const {
    double sum = 0;
    for (int i = 0; i < d; ++i) sum += (*this)(i, i);
    return sum;
  }
  double largest() const {
    double most = 0;
    for (int i = 0; i < d; ++i) most = std::max(most, (*this)(i, i));
    return most;
  }
  bool usable() const {
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j)
        if (!std::isfinite((*this)(i, j)) || std::fabs((*this)(i, j) - (*this)(j, i)) > d * u * largest()) return false;
    return true;
  }
};

// How far the distance moves for what the factor of c is off: r(c) of the header.
double factor_moves(const Covariance& c, double least) {
  const double off = ((c.d + 2) * c.trace() + 5.0 * c.d * c.d * c.largest()) * u;
  const double any = std::sqrt(std::sqrt(c.d) * off);
  return least > off ? std::min(any, off / std::sqrt(least - off)) : any;
}

double variant_error(const Covariance& a, const Covariance& b) {
  const double least_a = math::symmetric_eigenvalues(a.at, a.d).front(), least_b = math::symmetric_eigenvalues(b.at, b.d).front();
  const double d = a.d, sizes = std::sqrt(a.trace()) + std::sqrt(b.trace());
  const double off = (d + growth(180 * d)) * u * std::sqrt(a.trace() * b.trace());
  const double least = std::sqrt(std::max(0.0, least_a) * std::max(0.0, least_b)); // S^T R has no singular value below this
  const double any = std::sqrt(4 * std::sqrt(d) * off), turn = least > off ? std::min(any, off / std::sqrt(least - off)) : any;
  return factor_moves(a, least_a) + factor_moves(b, least_b) + turn + (d * d + growth(180 * d) + 2 * d + 8) * u * sizes;
}

} // namespace

std::string Bures::refuse(const Problem& p) {
  if (p.batch < 0) return "batch is negative";
  return p.dim >= 1 && p.dim <= 128 ? "" : "dim is between 1 and 128";
}

void Bures::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  const auto d = static_cast<std::size_t>(p.dim), batch = static_cast<std::size_t>(p.batch);
  const auto span = [](const double* at, std::size_t count) { return std::span<double>(const_cast<double*>(at), count); };
  fill_normal(random.key, 0, span(a.m1, batch * d));
  fill_normal(random.key, 1, span(a.m2, batch * d));
  std::vector<double> g(d * d);
  const auto covariance = [&](std::span<double> to, std::uint32_t stream, bool half) {
    if (half)
      fill_integers(random.key, stream, -4, 4, g);
    else
      fill_normal(random.key, stream, g);
    const std::size_t rank = half ? (d + 1) / 2 : d;
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j) {
        double sum = i == j && !half ? 0.25 : 0;
        for (std::size_t k = 0; k < rank; ++k) sum += g[i * d + k] * g[j * d + k];
        to[i * d + j] = half ? sum : sum / static_cast<double>(d);
      }
  };
  for (std::size_t k = 0; k < batch; ++k) {
    const std::span<double> first = span(a.a + k * d * d, d * d), second = span(a.b + k * d * d, d * d);
    const auto stream = static_cast<std::uint32_t>(2 + 2 * k);
    covariance(first, stream, k % 4 == 1);
    covariance(second, stream + 1, k % 4 == 1);
    if (k % 4 >= 2) {
      for (std::size_t i = 0; i < d * d; ++i) second[i] = first[i] + (k % 4 == 2 ? second[i] / 1024 : 0);
      for (std::size_t i = 0; i < d && k % 4 == 3; ++i) span(a.m2, batch * d)[k * d + i] = a.m1[k * d + i];
    }
    if (fill != Fill::hostile || k % 2 == 0) continue;
    if (k % 3 == 0) first[d * d / 2] = nan;
    if (k % 3 == 1) first[0] = -first[0] - 1;
    if (k % 3 == 2) first[d * (d - 1)] += d > 1 ? 1 : nan;
  }
}

Work Bures::work(const Problem& p, const Numerics&) {
  const double d = p.dim;
  return {p.batch * (2 * d * d * d / 3 + 2 * d * d * d + 3 * d * d * d)};
}

std::vector<Truth> Bures::truth(const Problem& p, const Args<>& before, const Numerics&, Sample sample) {
  Truth truth{{}, {}, chosen(p.batch, sample, 0)};
  const int d = p.dim;
  const auto add = [&](std::int64_t k) {
    const auto of = [&](const double* at, std::int64_t count) { return std::vector<double>(at + k * count, at + (k + 1) * count); };
    const math::Gaussian first{of(before.m1, d), of(before.a, std::int64_t{d} * d)},
        second{of(before.m2, d), of(before.b, std::int64_t{d} * d)};
    const Covariance a{first.covariance, d}, b{second.covariance, d};
    double value = nan, bound = 0;
    if (a.usable() && b.usable()) try {
        const math::Estimate w = math::gaussian_w2(first, second);
        const double e = variant_error(a, b);
        value = w.value * w.value;
        bound = 2 * w.value * (w.error + e) + w.error * w.error + e * e;
        bound += (growth(static_cast<double>(d) * d + d) + 4) * u * (value + bound);
      } catch (const std::invalid_argument&) { // a negative eigenvalue
      }
    truth.value.push_back(value);
    truth.bound.push_back(std::isfinite(value) ? bound : 0);
  };
  if (truth.at.empty())
    for (std::int64_t k = 0; k < p.batch; ++k) add(k);
  else
    for (const std::int64_t k : truth.at) add(k);
  return {truth};
}

} // namespace assay
