#include "reference/attention/window_stack.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "reference/op.hpp"

namespace assay::attention {
namespace {

constexpr double u = numerics::u64;

std::vector<double> times(const std::vector<double>& x, const std::vector<double>& a, std::size_t d) {
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size() / d; ++i)
    for (std::size_t l = 0; l < d; ++l)
      for (std::size_t k = 0; k < d; ++k) y[i * d + l] += x[i * d + k] * a[k * d + l];
  return y;
}

double frequency(std::size_t l, std::size_t d) { return std::pow(10000, -static_cast<double>(l) / static_cast<double>(d)); }

void rotate(std::vector<double>& x, std::size_t d, int first) {
  for (std::size_t i = 0; i < x.size() / d; ++i)
    for (std::size_t l = 0; l < d; l += 2) {
      const double angle = (first + static_cast<double>(i)) * frequency(l, d);
      double &a = x[i * d + l], &b = x[i * d + l + 1];
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = a * std::sin(angle) + b * std::cos(angle);
      a = turned;
    }
}

} // namespace

Attended attend(const WindowLayer& layer, const std::vector<double>& x, int dim, int first) {
  const auto d = static_cast<std::size_t>(dim), n = x.size() / d, w = static_cast<std::size_t>(layer.window);
  std::vector<double> q = times(x, layer.query, d), k = times(x, layer.key, d);
  const std::vector<double> v = times(x, layer.value, d);
  if (layer.rotary) {
    rotate(q, d, first);
    rotate(k, d, first);
  }
  Attended result{std::vector<double>(n * d), std::vector<double>(n * d)};
  const double scale = 1 / std::sqrt(static_cast<double>(dim));
  std::vector<double> score(n), eta(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i + 1 > w ? i + 1 - w : 0;
    double most = -std::numeric_limits<double>::infinity(), sum = 0, rho = 0;
    for (std::size_t j = from; j <= i; ++j) {
      double dot = 0, slip = 0;
      for (std::size_t l = 0; l < d; ++l) dot += q[i * d + l] * k[j * d + l];
      // Rotation keeps a pair's length, and |a| + |b| is at least that and at most sqrt(2) of it: 2 covers both factors.
      const double positions = 2.0 * first + static_cast<double>(i + j);
      for (std::size_t l = 0; l + 1 < d; l += 2)
        slip += (growth(dim) + 12 + positions * frequency(l, d) * (3 - std::log(frequency(l, d)))) * 2 *
                (std::fabs(q[i * d + l]) + std::fabs(q[i * d + l + 1])) * (std::fabs(k[j * d + l]) + std::fabs(k[j * d + l + 1]));
      const double bias = layer.slope * static_cast<double>(i - j);
      score[j] = scale * dot - bias;
      eta[j] = u * (scale * slip + 2 * bias + 2 * std::fabs(score[j]));
      most = std::max(most, score[j]);
    }
    for (std::size_t j = from; j <= i; ++j) sum += std::exp(score[j] - most);
    for (std::size_t j = from; j <= i; ++j) {
      eta[j] += 4 * u * (most - score[j]) + 4 * u;
      score[j] = std::exp(score[j] - most) / sum; // from here on the weight
      rho += score[j] * std::expm1(eta[j]);
      for (std::size_t l = 0; l < d; ++l) result.o[i * d + l] += score[j] * v[j * d + l];
    }
    for (std::size_t j = from; j <= i; ++j)
      for (std::size_t l = 0; l < d; ++l) {
        const double value = v[j * d + l], off = std::expm1(eta[j]) * std::fabs(value - result.o[i * d + l]) / (1 - rho);
        result.bound[i * d + l] += score[j] * (off + (2 * growth(layer.window) + 4) * u * std::fabs(value));
      }
  }
  return result;
}

std::vector<double> run(const std::vector<WindowLayer>& layers, std::vector<double> x, int d, int first) {
  for (const WindowLayer& layer : layers) {
    const std::vector<double> o = attend(layer, x, d, first).o;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += o[i];
  }
  return x;
}

std::vector<double> influence(int window, int layers, double mix) {
  std::vector<double> share = {1};
  for (int layer = 0; layer < layers; ++layer) {
    std::vector<double> next(share.size() + static_cast<std::size_t>(window) - 1);
    for (std::size_t t = 0; t < share.size(); ++t) {
      next[t] += (1 - mix) * share[t];
      for (int s = 0; s < window; ++s) next[t + static_cast<std::size_t>(s)] += mix / window * share[t];
    }
    share = std::move(next);
  }
  return share;
}

std::vector<double> hybrid_influence(int window, int layers, std::int64_t tokens, std::int64_t reach) {
  const auto n = static_cast<std::size_t>(tokens), w = static_cast<std::size_t>(window),
             seen = static_cast<std::size_t>(std::min(tokens, reach));
  std::vector<double> share(n), next(n); // of the token that many places back
  std::fill_n(share.begin(), seen, 1 / static_cast<double>(seen));
  for (int layer = 1; layer < layers; ++layer) {
    for (std::size_t t = 0; t < n; ++t) share[t] /= static_cast<double>(std::min(n - t, w));
    for (std::size_t t = 0; t < n; ++t) { // from those that see it: itself and up to w - 1 later ones
      double sum = 0;
      for (std::size_t s = t + 1 > w ? t + 1 - w : 0; s <= t; ++s) sum += share[s];
      next[t] = sum;
    }
    std::swap(share, next);
  }
  return share;
}

} // namespace assay::attention
