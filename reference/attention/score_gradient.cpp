#include "reference/attention/score_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "reference/op.hpp"

namespace assay::attention {

Softmaxed softmax(const std::vector<double>& score, const std::vector<double>& v, int n, int e, int window) {
  const auto rows = static_cast<std::size_t>(n), width = static_cast<std::size_t>(e);
  Softmaxed result{n, e, window, std::vector<double>(rows * rows), std::vector<double>(rows * width), std::vector<double>(rows), {}};
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t from = static_cast<std::size_t>(std::max(0, static_cast<int>(i) - window + 1));
    const double* const s = &score[i * rows];
    const double most = *std::max_element(s + from, s + i + 1);
    double sum = 0;
    for (std::size_t j = from; j <= i; ++j) sum += std::exp(s[j] - most);
    for (std::size_t j = from; j <= i; ++j) {
      const double weight = std::exp(s[j] - most) / sum;
      result.p[i * rows + j] = weight;
      for (std::size_t l = 0; l < width; ++l) result.o[i * width + l] += weight * v[j * width + l];
    }
    result.lse[i] = most + std::log(sum);
    result.sum.push_back(sum);
  }
  return result;
}

ScoreGradient score_gradient(const Softmaxed& x, const std::vector<double>& v, const std::vector<double>& d_o,
                             const std::vector<double>& o) {
  const auto rows = static_cast<std::size_t>(x.n), width = static_cast<std::size_t>(x.e);
  const double roundings = 5 * growth(x.window) + 2 * growth(x.e) + 9;
  ScoreGradient result{std::vector<double>(rows * rows), std::vector<double>(rows)};
  for (std::size_t i = 0; i < rows; ++i) {
    double d = 0;
    for (std::size_t l = 0; l < width; ++l) d += d_o[i * width + l] * o[i * width + l];
    for (std::size_t j = 0; j <= i; ++j) {
      double dp = 0, size = 0;
      for (std::size_t l = 0; l < width; ++l) {
        dp += d_o[i * width + l] * v[j * width + l];
        size += std::fabs(d_o[i * width + l] * v[j * width + l]);
      }
      result.ds[i * rows + j] = x.p[i * rows + j] * (dp - d);
      result.rounding[i] += roundings * numerics::u64 * x.p[i * rows + j] * size;
    }
  }
  return result;
}

} // namespace assay::attention
