// One point and component at a time: the largest exponent first, then weights; triangular systems by substitution.
// Limit: the C library's exponential, and one chain of additions after another.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "kernels/numbers.hpp"
#include "kernels/variant.hpp"
#include "reference/score/gmm_score.hpp"

namespace assay {
namespace {

using score::Covariance;

// u = S^-1 (mean - x) of component k, |L^-1 (mean - x)|^2 returned.
template <class T> float solve(const GmmScore::Problem& p, const GmmScore::Args<T>& a, int k, const T* x, std::vector<float>& u) {
  const auto d = static_cast<std::size_t>(p.dim), at = static_cast<std::size_t>(k);
  const float* const mean = a.mean + at * d;
  const float* const l = a.factor + at * (p.covariance == Covariance::isotropic ? 1 : p.covariance == Covariance::diagonal ? d : d * d);
  float q = 0;
  for (std::size_t i = 0; i < d; ++i) {
    u[i] = mean[i] - to_float(x[i]);
    if (p.covariance == Covariance::cholesky) {
      for (std::size_t j = 0; j < i; ++j) u[i] -= l[i * d + j] * u[j];
      u[i] /= l[i * d + i];
    } else {
      u[i] /= l[p.covariance == Covariance::isotropic ? 0 : i];
    }
    q += u[i] * u[i];
  }
  for (std::size_t i = d; i-- > 0;) {
    if (p.covariance == Covariance::cholesky) {
      for (std::size_t j = i + 1; j < d; ++j) u[i] -= l[j * d + i] * u[j];
      u[i] /= l[i * d + i];
    } else {
      u[i] /= l[p.covariance == Covariance::isotropic ? 0 : i];
    }
  }
  return q;
}

struct Constants {
  float c, trace;
};

template <class T> Constants constants(const GmmScore::Problem& p, const GmmScore::Args<T>& a, int k) {
  const auto d = static_cast<std::size_t>(p.dim), at = static_cast<std::size_t>(k);
  double c = std::log(static_cast<double>(a.weight[k])) - static_cast<double>(p.dim) / 2 * std::log(2 * std::numbers::pi), trace = 0;
  std::vector<double> column(d);
  for (std::size_t j = 0; j < d; ++j) {
    const float* const l = a.factor + at * d * d;
    const double sigma = p.covariance == Covariance::isotropic  ? a.factor[at]
                         : p.covariance == Covariance::diagonal ? a.factor[at * d + j]
                                                                : l[j * d + j];
    c -= std::log(sigma);
    trace += 1 / (sigma * sigma);
    column[j] = 1 / sigma;
    for (std::size_t i = j + 1; p.covariance == Covariance::cholesky && i < d; ++i) { // the rest of a column of L^-1
      double rest = 0;
      for (std::size_t e = j; e < i; ++e) rest -= l[i * d + e] * column[e];
      column[i] = rest / l[i * d + i];
      trace += column[i] * column[i];
    }
  }
  return {static_cast<float>(c), static_cast<float>(trace)};
}

template <class T> void run(const GmmScore::Problem& p, const GmmScore::Args<T>& a, const Launch&) {
  const auto d = static_cast<std::size_t>(p.dim), count = static_cast<std::size_t>(p.components);
  std::vector<Constants> of(count);
  for (int k = 0; k < p.components; ++k) of[static_cast<std::size_t>(k)] = constants(p, a, k);
  std::vector<float> u(d), s(d), l(count);
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.points); ++i) {
    const T* const x = a.x + i * d;
    float most = -std::numeric_limits<float>::infinity();
    for (std::size_t k = 0; k < count; ++k) {
      l[k] = of[k].c - solve(p, a, static_cast<int>(k), x, u) / 2;
      most = std::max(most, l[k]);
    }
    float sum = 0, second = 0;
    std::fill(s.begin(), s.end(), 0.0f);
    for (std::size_t k = 0; k < count; ++k) {
      if (a.weight[k] == 0) continue;
      const float w = std::exp(l[k] - most);
      solve(p, a, static_cast<int>(k), x, u);
      float u2 = 0;
      for (std::size_t e = 0; e < d; ++e) {
        s[e] += w * u[e];
        u2 += u[e] * u[e];
      }
      second += w * (u2 - of[k].trace);
      sum += w;
    }
    float s2 = 0;
    for (std::size_t e = 0; e < d; ++e) {
      const float y = s[e] / sum;
      a.s[i * d + e] = from_float<T>(y);
      s2 += y * y;
    }
    if (p.log_density) a.log_density[i] = most + std::log(sum);
    if (p.divergence) a.divergence[i] = second / sum - s2;
  }
}

template <class T> constexpr Variant<GmmScore, T> variant() {
  return {.name = "cpu_naive",
          .idea = "one point and component at a time",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
