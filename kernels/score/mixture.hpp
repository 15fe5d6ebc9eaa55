// Parameters of a mixture as kernels want them: computed in double, rounded once, exponents in units of ln 2. Components of weight zero
// are left out.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "kernels/carver.hpp"
#include "reference/score/gmm_score.hpp"

namespace assay::score {

struct Mixture {
  int count = 0;    // components that have a weight
  float* mean;      // [C, d]
  float* c;         // [C] log2 w - log2 det L - d / 2 log2(2 pi)
  float* half;      // [C] log2(e) / (2 sigma^2), of others than isotropic ones log2(e) / 2
  float* trace;     // [C] of S^-1
  float* inverse;   // of L: [C, d] diagonal, [C, d, d] Cholesky
  float* precision; // 1 / sigma^2: [C] isotropic, [C, d] diagonal

  Mixture(const GmmScore::Problem& p, Carver& carver) : dim_(static_cast<std::size_t>(p.dim)), covariance_(p.covariance) {
    const std::int64_t components = p.components, d = p.dim;
    const bool isotropic = covariance_ == Covariance::isotropic, cholesky = covariance_ == Covariance::cholesky;
    mean = carver.take<float>(components * d);
    c = carver.take<float>(components);
    half = carver.take<float>(components);
    trace = carver.take<float>(components);
    inverse = carver.take<float>(isotropic ? 0 : components * d * (cholesky ? d : 1));
    precision = carver.take<float>(cholesky ? 0 : components * (isotropic ? 1 : d));
  }

  // columns: room for d doubles.
  void write(const GmmScore::Problem& p, const float* weight, const float* means, const float* factor, double* column) {
    const std::size_t d = dim_, step = covariance_ == Covariance::isotropic ? 1 : covariance_ == Covariance::diagonal ? d : d * d;
    count = 0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(p.components); ++k)
      if (weight[k] > 0) add(weight[k], means + k * d, factor + k * step, column);
  }

private:
  void add(double weight, const float* from, const float* l, double* column) {
    const auto k = static_cast<std::size_t>(count++), d = dim_;
    double log_c = std::log2(weight) - static_cast<double>(d) / 2 * std::log2(2 * std::numbers::pi), sum = 0;
    for (std::size_t i = 0; i < d; ++i) mean[k * d + i] = from[i];
    for (std::size_t j = 0; j < d; ++j) {
      const double sigma = l[covariance_ == Covariance::isotropic ? 0 : covariance_ == Covariance::diagonal ? j : j * d + j];
      log_c -= std::log2(sigma);
      sum += 1 / (sigma * sigma);
      if (covariance_ == Covariance::diagonal) {
        inverse[k * d + j] = static_cast<float>(1 / sigma);
        precision[k * d + j] = static_cast<float>(1 / (sigma * sigma));
      }
      if (covariance_ != Covariance::cholesky) continue;
      column[j] = 1 / sigma; // of L^-1, which solves L m = e_j
      for (std::size_t i = 0; i < j; ++i) inverse[(k * d + i) * d + j] = 0;
      inverse[(k * d + j) * d + j] = static_cast<float>(column[j]);
      for (std::size_t i = j + 1; i < d; ++i) {
        double rest = 0;
        for (std::size_t e = j; e < i; ++e) rest -= l[i * d + e] * column[e];
        column[i] = rest / l[i * d + i];
        sum += column[i] * column[i];
        inverse[(k * d + i) * d + j] = static_cast<float>(column[i]);
      }
    }
    const double variance = covariance_ == Covariance::isotropic ? static_cast<double>(l[0]) * l[0] : 1;
    c[k] = static_cast<float>(log_c);
    half[k] = static_cast<float>(std::numbers::log2e / (2 * variance));
    trace[k] = static_cast<float>(sum);
    if (covariance_ == Covariance::isotropic) precision[k] = static_cast<float>(1 / variance);
  }

  std::size_t dim_;
  Covariance covariance_;
};

} // namespace assay::score
