// Sandwich adds lambda p_m.p_n with sinusoidal positions p to a score. RoPE with equal constant biases adds the same, if both use the
// same frequencies; published tables of p start at i = 1.
#include <algorithm>
#include <cmath>

#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, shifted, both_components };

constexpr int d = 64;
constexpr double base = 1e4, lambda = 1.7;

// sin and cos of position base^{-2i/d}, i = first ... first + d/2 - 1.
std::vector<double> sinusoid(double position, int first) {
  std::vector<double> p;
  for (int i = first; i < first + d / 2; ++i) {
    const double angle = position * std::pow(base, -2.0 * i / d);
    p.push_back(std::sin(angle));
    p.push_back(std::cos(angle));
  }
  return p;
}

double product(double m, double n, int first) {
  const std::vector<double> p = sinusoid(m, first), q = sinusoid(n, first);
  double sum = 0;
  for (std::size_t j = 0; j < p.size(); ++j) sum += p[j] * q[j];
  return sum;
}

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(base, d);
  const std::complex<double> pair = std::sqrt(lambda) * std::complex<double>(1, inquiry.broken == both_components ? 1 : 0);
  const rope::Pairs a(theta.size(), pair);
  const int first = inquiry.broken == shifted ? 1 : 0;
  double worst = 0;
  for (const double m : {0., 1., 17., 511., 4096., 100000.})
    for (const double back : {0., 1., 2., 10., 300., 511.}) {
      const double n = m - back;
      const double slack = 2 * rope::score_rounding(a, a, theta, m, n); // of either side
      worst = std::max(worst, std::fabs(rope::bias_curve(rope::pair_weights(a, a), theta, m - n) - lambda * product(m, n, first)) / slack);
    }
  inquiry.check(inequality("B(m - n) = lambda p_m.p_n: largest difference over its rounding", worst, 1));
  // Only the first of one set and the last of the other do not cancel.
  inquiry.check(golden("(sum from i = 0 less sum from i = 1) at Delta = 1", product(1, 0, first) - product(1, 0, first + 1), "-0.46",
                       rope::curve_rounding(base, d, 2)));
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/sandwich-equivalence",
     .statement = "Biases a = b = sqrt(lambda)(1, 0, 1, 0, ...) add lambda p_m.p_n with sinusoidal p of the same frequencies: Sandwich",
     .source = "Sandwich, arXiv 2212.10356; Su, kexue.fm 9577",
     .kind = Kind::exact,
     .broken_by = {"frequencies of the table begin at i = 1", "both components of a pair carry the bias"},
     .ask = ask});

} // namespace
} // namespace assay
