#include "reference/score/one_sided.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "reference/math/eigenvalues.hpp"

namespace assay::score {

double OneSided::bound() const {
  if (!certified) throw std::logic_error("a one-sided constant seen on samples bounds nothing: not certified");
  return value;
}

OneSided operator+(OneSided a, OneSided b) { return {a.value + b.value, a.certified && b.certified}; }

OneSided of_linear(const std::vector<double>& matrix, int d) {
  const auto n = static_cast<std::size_t>(d);
  std::vector<double> symmetric(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) symmetric[i * n + j] = (matrix[i * n + j] + matrix[j * n + i]) / 2;
  return {math::symmetric_eigenvalues(symmetric, d).back(), true};
}

OneSided of_wave(double delta, double omega) { return {std::fabs(delta * omega), true}; }

OneSided of_step(double height, double width) { return {height / (4 * width), true}; }

OneSided of_equal_mixture(const std::vector<double>& means, int d, double v) {
  const auto n = static_cast<std::size_t>(d);
  std::vector<double> centre(means.begin(), means.begin() + d);
  double least = std::numeric_limits<double>::infinity();
  for (int step = 1; step <= 1000; ++step) {
    double radius = -1;
    std::size_t farthest = 0;
    for (std::size_t k = 0; k < means.size(); k += n) {
      double square = 0;
      for (std::size_t i = 0; i < n; ++i) square += (means[k + i] - centre[i]) * (means[k + i] - centre[i]);
      if (std::sqrt(square) > radius) {
        radius = std::sqrt(square);
        farthest = k;
      }
    }
    least = std::min(least, radius);
    for (std::size_t i = 0; i < n; ++i) centre[i] += (means[farthest + i] - centre[i]) / (step + 1);
  }
  return {-1 / v + least * least / (v * v), true};
}

OneSided of_mixture_between(const GaussianMixture& mixture, double low, double high) {
  double widest = 0, top = -std::numeric_limits<double>::infinity();
  for (const double x : {low, high}) {
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const Component& c : mixture.components) {
      least = std::min(least, (c.mean - x) / c.variance);
      most = std::max(most, (c.mean - x) / c.variance);
      top = std::max(top, -1 / c.variance);
    }
    widest = std::max(widest, most - least);
  }
  return {top + widest * widest / 4, true};
}

OneSided of_softplus_net(const std::vector<double>& w1, const std::vector<double>& w2, int d, int hidden) {
  const auto n = static_cast<std::size_t>(d), units = static_cast<std::size_t>(hidden);
  double sum = 0;
  std::vector<double> gram1(n * n), gram2(n * n); // W1^T W1 and W2 W2^T
  for (std::size_t k = 0; k < units; ++k) {
    double dot = 0, norm1 = 0, norm2 = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double in = w1[k * n + i], out = w2[i * units + k];
      dot += in * out;
      norm1 += in * in;
      norm2 += out * out;
      for (std::size_t j = 0; j < n; ++j) {
        gram1[i * n + j] += in * w1[k * n + j];
        gram2[i * n + j] += out * w2[j * units + k];
      }
    }
    sum += (dot + std::sqrt(norm1 * norm2)) / 2;
  }
  const double norms = std::sqrt(math::symmetric_eigenvalues(gram1, d).back() * math::symmetric_eigenvalues(gram2, d).back());
  return {std::min(sum, norms), true};
}

OneSided seen_on(const std::function<double(double)>& score, std::span<const double> points) {
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < points.size(); ++i)
    most = std::max(most, (score(points[i]) - score(points[i - 1])) / (points[i] - points[i - 1]));
  return {most, false};
}

} // namespace assay::score
