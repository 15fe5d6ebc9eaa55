#include "reference/score/linear_gauss.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "reference/math/eigenvalues.hpp"
#include "reference/score/rk4.hpp"

namespace assay::score {

Moments carry(const LinearAt& drift, const MatrixAt& diffusion, const math::Gaussian& start, double from, double to, int steps) {
  const std::size_t d = start.mean.size();
  const double sign = to < from ? -1 : 1;
  const Field moments = [&](double t, std::span<const double> y, std::span<double> slope) {
    const auto [matrix, offset] = drift(t);
    const std::vector<double> noise = diffusion(t);
    for (std::size_t i = 0; i < d; ++i) {
      slope[i] = offset[i];
      for (std::size_t k = 0; k < d; ++k) slope[i] += matrix[i * d + k] * y[k];
      for (std::size_t j = 0; j < d; ++j) {
        double sum = sign * noise[i * d + j];
        for (std::size_t k = 0; k < d; ++k) sum += matrix[i * d + k] * y[d + k * d + j] + y[d + i * d + k] * matrix[j * d + k];
        slope[d + i * d + j] = sum;
      }
    }
  };
  std::vector<double> packed = start.mean;
  packed.insert(packed.end(), start.covariance.begin(), start.covariance.end());
  const Flow end = rk4_doubled(moments, packed, from, to, steps);
  const auto middle = static_cast<std::ptrdiff_t>(d);
  Moments result{{{end.value.begin(), end.value.begin() + middle}, {end.value.begin() + middle, end.value.end()}}, 0, 0};
  for (std::size_t i = 0; i < end.error.size(); ++i) {
    double& error = i < d ? result.mean_error : result.covariance_error;
    error = std::hypot(error, end.error[i]);
  }
  return result;
}

double w2_radius(const Moments& moments) {
  const auto d = static_cast<double>(moments.law.mean.size());
  const double off = moments.covariance_error, least = math::symmetric_eigenvalues(moments.law.covariance, static_cast<int>(d)).front();
  const double always = std::sqrt(std::sqrt(d) * off);
  return moments.mean_error + (least > off ? std::min(always, off / (std::sqrt(least) + std::sqrt(least - off))) : always);
}

math::Estimate w2(const Moments& p, const Moments& q) {
  const math::Estimate distance = math::gaussian_w2(p.law, q.law);
  return {distance.value, distance.error + w2_radius(p) + w2_radius(q)};
}

} // namespace assay::score
