#include "reference/rope/curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "reference/math/cosine_integral.hpp"
#include "reference/op.hpp"
#include "reference/random.hpp"

namespace assay::rope {

std::vector<double> frequencies(double base, int dims) {
  std::vector<double> theta(static_cast<std::size_t>(dims / 2));
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = std::pow(base, -2.0 * static_cast<double>(i) / dims);
  return theta;
}

double log_step(double base, int dims) { return 2 * std::log(base) / dims; }

Pairs normal_pairs(std::uint64_t key, std::uint32_t stream, int dims, double scale) {
  std::vector<double> flat(static_cast<std::size_t>(dims));
  fill_normal(key, stream, flat);
  Pairs pairs;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) pairs.emplace_back(scale * flat[i], scale * flat[i + 1]);
  return pairs;
}

Pairs sum(const Pairs& x, const Pairs& y) {
  Pairs both = x;
  for (std::size_t i = 0; i < x.size(); ++i) both[i] += y[i];
  return both;
}

Pairs rotated(const Pairs& x, const std::vector<double>& theta, double position) {
  Pairs turned = x;
  for (std::size_t i = 0; i < x.size(); ++i) turned[i] *= std::polar(1.0, position * theta[i]);
  return turned;
}

double dot(const Pairs& x, const Pairs& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i].real() * y[i].real() + x[i].imag() * y[i].imag();
  return sum;
}

double score_rounding(const Pairs& x, const Pairs& y, const std::vector<double>& theta, double m, double n) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += std::abs(x[i]) * std::abs(y[i]) * ((std::fabs(m) + std::fabs(n)) * theta[i] + 32 + 2 * static_cast<double>(x.size()));
  return sum * numerics::u64;
}

Pairs pair_weights(const Pairs& a, const Pairs& b) {
  Pairs w = b;
  for (std::size_t i = 0; i < a.size(); ++i) w[i] *= std::conj(a[i]);
  return w;
}

double bias_curve(const Pairs& w, const std::vector<double>& theta, double distance) {
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    sum += w[i].real() * std::cos(distance * theta[i]) + w[i].imag() * std::sin(distance * theta[i]);
  return sum;
}

double cosine_sum(const std::vector<double>& theta, double distance) {
  double sum = 0;
  for (const double t : theta) sum += std::cos(distance * t);
  return sum;
}

double sine_sum(const std::vector<double>& theta, double distance) {
  double sum = 0;
  for (const double t : theta) sum += std::sin(distance * t);
  return sum;
}

std::vector<double> cosine_sums(const std::vector<double>& theta, std::int64_t count) {
  constexpr std::size_t block = 256; // within one, by the addition theorem: cosines are needed at its first distance only
  std::vector<double> sums(static_cast<std::size_t>(count));
  for (const double t : theta) {
    std::array<double, block> c, s;
    for (std::size_t j = 0; j < block; ++j) {
      c[j] = std::cos(static_cast<double>(j) * t);
      s[j] = std::sin(static_cast<double>(j) * t);
    }
    for (std::size_t first = 0; first < sums.size(); first += block) {
      const double at = static_cast<double>(first) * t, c_first = std::cos(at), s_first = std::sin(at);
      const std::size_t width = std::min(block, sums.size() - first);
      for (std::size_t j = 0; j < width; ++j) sums[first + j] += c_first * c[j] - s_first * s[j];
    }
  }
  return sums;
}

double curve_rounding(double base, int dims, double distance) {
  double sum = 0;
  for (const double t : frequencies(base, dims)) sum += std::fabs(distance) * t * (std::log(base) + 4) + 12 + dims / 2.0;
  return sum * numerics::u64;
}

Pairs window_means(const std::vector<double>& theta, double from, double to) {
  const double count = to - from;
  Pairs means;
  for (const double t : theta)
    means.push_back(std::polar(1.0, -(from + to - 1) / 2 * t) * std::sin(count * t / 2) / (count * std::sin(t / 2)));
  return means;
}

double window_mean(const Pairs& w, const std::vector<double>& theta, double from, double to) {
  const Pairs means = window_means(theta, from, to);
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) sum += (w[i] * means[i]).real();
  return sum;
}

namespace {

// int_0^x |sin|, 2 for every half turn.
double rectified(double x) {
  const double turns = std::floor(x / std::numbers::pi);
  return 2 * turns + 1 - std::cos(x - turns * std::numbers::pi);
}

// What differs between the two curves: g is cos or sin, `integral` that of g(x)/x.
struct Wave {
  double (*g)(double), (*integral)(double), (*variation)(double from, double to);
};
const Wave cosine{[](double x) { return std::cos(x); }, math::cosine_integral, variation_of_cosine};
const Wave sine{[](double x) { return std::sin(x); }, math::sine_integral, variation_of_sine};

Closed closed(const Wave& wave, double base, int dims, double distance) {
  const double end = distance / base;
  return {(wave.integral(distance) - wave.integral(end)) / log_step(base, dims), (wave.g(distance) - wave.g(end)) / 2};
}

double closed_bound(const Wave& wave, double base, int dims, double distance) {
  const double h = log_step(base, dims), end = distance / base, at = wave.integral(distance);
  double bound = std::min(h / 8 * (distance + distance * distance / 2), wave.variation(end, distance) / 2);
  // Below the best k the bound falls with the variation, which grows by 1/pi per unit of x on average; above, it rises by 1/(h x) per unit
  // of x. So the best x_k is near pi/h. Any k gives a bound: some forty within a factor of two are looked at.
  const double best = std::log(distance * h / std::numbers::pi) / h, around = std::numbers::ln2 / h;
  for (double k = std::max(1., std::floor(best - around)); k <= std::min(dims / 2., best + around); k += std::ceil(around / 20)) {
    const double x = distance * std::exp(-h * k);
    bound = std::min(bound,
                     k + std::fabs(at - wave.integral(x)) / h + std::fabs(wave.g(distance) - wave.g(x)) / 2 + wave.variation(end, x) / 2);
  }
  return bound;
}

} // namespace

double variation_of_cosine(double from, double to) { return rectified(to) - rectified(from); }
double variation_of_sine(double from, double to) { return rectified(to + std::numbers::pi / 2) - rectified(from + std::numbers::pi / 2); }

Closed cosine_closed(double base, int dims, double distance) { return closed(cosine, base, dims, distance); }
Closed sine_closed(double base, int dims, double distance) { return closed(sine, base, dims, distance); }
double cosine_closed_bound(double base, int dims, double distance) { return closed_bound(cosine, base, dims, distance); }
double sine_closed_bound(double base, int dims, double distance) { return closed_bound(sine, base, dims, distance); }

double log_period_mean(double base, int dims, double from) {
  const double h = log_step(base, dims), x = from * std::exp(h);
  return (math::cosine_integral(x) - math::cosine_integral(x / base)) / h;
}

double log_law_remainder(double base, int dims, double from) {
  const double h = log_step(base, dims), x = from * std::exp(h), y = x / base;
  return (1 / x + y * y / 4) / h;
}

} // namespace assay::rope
