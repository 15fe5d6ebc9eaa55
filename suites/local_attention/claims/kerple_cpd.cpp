#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/math/eigenvalues.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, not_centred, hard_window, cubic, constant_on_far_keys };

constexpr std::size_t n = 128;
constexpr double u = numerics::u64;

double power(double t, double p) { return -std::pow(t, p); }
double logarithm(double t, double r) { return -std::log1p(r * t); }
double log_power(double t, double p) { return -std::log1p(std::pow(t, p)); }
double window(double t, double w) { return t < w ? 0 : -1; }

struct Spectrum {
  double least, slack; // over the largest eigenvalue
};

// C K C for K_ij = k(|i - j|), C = I - 11^T / n: K minus means of rows and columns plus the mean of all.
Spectrum centred_spectrum(double (*kernel)(double, double), double parameter, bool centre) {
  std::vector<double> a(n * n), mean(n);
  double all = 0, size = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double k = kernel(static_cast<double>(std::max(i, j) - std::min(i, j)), parameter);
      a[i * n + j] = k;
      mean[i] += k / n;
      all += k / (n * n);
      size += k * k;
    }
  if (centre)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] += all - mean[i] - mean[j];
  const std::vector<double> values = math::symmetric_eigenvalues(a, n);
  // An eigenvalue moves by at most the Frobenius norm of the rounding: three units in k, growth(n) and growth(n^2) in the means, whose own
  // norms are at most that of K, and three additions; n u of the largest eigenvalue for the solver.
  const double formed = u * std::sqrt(size) * (3 + 2 * growth(n) + growth(n * n) + 3 * 4);
  return {values.front() / values.back(), n * u + formed / values.back()};
}

void invariance(Inquiry& inquiry) { // e^(s + c) / sum e^(s + c), without shift by the maximum: that would hide it
  std::vector<double> score(n), weight(n), moved(n);
  fill_normal(key_of(inquiry.seed, "local_attention.kerple-cpd"), 0, score);
  constexpr double constant = 3.7;
  double sum = 0, moved_sum = 0, apart = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const bool spared = inquiry.broken == constant_on_far_keys && j < 8;
    sum += weight[j] = std::exp(score[j]);
    moved_sum += moved[j] = std::exp(score[j] + (spared ? 0 : constant));
  }
  for (std::size_t j = 0; j < n; ++j) apart += std::fabs(moved[j] / moved_sum - weight[j] / sum);
  // s + c rounds by (|s| + c) u <= 13 u, exp by 2 u; each of the two sums by growth(n) u, the division by u.
  inquiry.check(identity("softmax before and after a constant is added, summed differences", apart, 0, (13 + 4 + 2 * growth(n) + 2) * u));
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  struct Kernel {
    std::string_view name;
    double (*at)(double, double);
    double parameter;
    std::string_view published{}; // least over largest eigenvalue, of kernels that are not conditionally positive
  };
  for (const Kernel& kernel : {Kernel{"-t^.5", power, .5}, Kernel{"-t", power, 1}, Kernel{"-t^1.5", power, 1.5}, Kernel{"-t^2", power, 2},
                               Kernel{"-ln(1 + t)", logarithm, 1}, Kernel{"-ln(1 + t/10)", logarithm, .1}}) {
    const Kernel asked = broken == hard_window ? Kernel{"", window, 8} : broken == cubic ? Kernel{"", power, 3} : kernel;
    const auto [least, slack] = centred_spectrum(asked.at, asked.parameter, broken != not_centred);
    inquiry.check(inequality("minus the least over the largest eigenvalue of C K C, " + std::string(kernel.name), -least, 0, slack));
  }
  for (const Kernel& kernel : {Kernel{"-t^3", power, 3, "-0.18"}, Kernel{"-ln(1 + t^3)", log_power, 3, "-5e-4"},
                               Kernel{"-1[t >= 8], the hard window", window, 8, "-0.22"}}) {
    const auto [least, slack] = centred_spectrum(kernel.at, kernel.parameter, broken != not_centred);
    inquiry.check(golden("least over largest eigenvalue of C K C, " + std::string(kernel.name), least, kernel.published, slack));
  }
  invariance(inquiry);
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/kerple-cpd",
     .statement =
         "-t^p for 0 < p <= 2 and -ln(1 + r t) are conditionally positive definite, which with softmax blind to constants makes them "
         "kernels; a hard window is not, so this theory does not cover it.",
     .source = "KERPLE: arXiv 2205.09921, section 3; Schoenberg 1938",
     .kind = Kind::bound,
     .broken_by = {"K itself, on vectors whose sum is not 0", "a hard window of 8", "p = 3", "the constant is added to far keys only"},
     .ask = ask});

} // namespace
} // namespace assay
