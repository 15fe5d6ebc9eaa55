#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, unequal_betas, late_direction, relative_rate };

float sign(float x) { return static_cast<float>((x > 0) - (x < 0)); }

struct Trajectory {
  std::vector<float> theta, m, direction;
  explicit Trajectory(const std::vector<double>& start) : theta(start.begin(), start.end()), m(start.size()), direction(start.size()) {}
};

float average(float beta, float m, float g) { return std::fma(beta, m, (1 - beta) * g); }

void tiger_step(Trajectory& x, std::size_t i, float g, float beta, float eta, float lambda) {
  x.m[i] = average(beta, x.m[i], g);
  x.direction[i] = sign(x.m[i]);
  x.theta[i] -= eta * std::fma(lambda, x.theta[i], x.direction[i]);
}

void lion_step(Trajectory& x, std::size_t i, float g, float beta1, float beta2, float eta, float lambda, bool late) {
  const float old = x.m[i];
  x.m[i] = average(beta2, old, g);
  x.direction[i] = sign(average(beta1, late ? x.m[i] : old, g));
  x.theta[i] -= eta * std::fma(lambda, x.theta[i], x.direction[i]);
}

void signum_step(Trajectory& x, std::size_t i, float g, float beta, float alpha) {
  x.m[i] = average(beta, x.m[i], g);
  x.direction[i] = sign(x.m[i]);
  x.theta[i] -= alpha * x.direction[i];
}

float rms(const std::vector<float>& theta) {
  double sum = 0;
  for (const float x : theta) sum += static_cast<double>(x) * x;
  return static_cast<float>(std::sqrt(sum / static_cast<double>(theta.size())));
}

// White noise in, zero momenta at first: the directions of Lion and Tiger at step t are signs of jointly normal numbers, which
// differ with probability arccos(correlation)/pi. Weights of the gradient of lag j < t: Tiger (1 - beta) beta^j; Lion
// 1 - beta1 at j = 0, then beta1 (1 - beta2) beta2^(j-1). Mean over t = 1 ... steps.
double sign_disagreement(double beta, double beta1, double beta2, std::size_t steps) {
  double tiger = 0, lion = 0, both = 0, total = 0, tiger_weight = 1 - beta, lion_weight = 1 - beta1;
  for (std::size_t t = 1; t <= steps; ++t) {
    tiger += tiger_weight * tiger_weight;
    lion += lion_weight * lion_weight;
    both += tiger_weight * lion_weight;
    tiger_weight *= beta;
    lion_weight = t == 1 ? beta1 * (1 - beta2) : lion_weight * beta2;
    total += std::acos(std::min(1.0, both / std::sqrt(tiger * lion))) / std::numbers::pi;
  }
  return total / static_cast<double>(steps);
}

void ask(Inquiry& inquiry) {
  constexpr std::size_t size = 1000, steps = 200;
  constexpr float beta = .965F, alpha = 1e-3F, lambda = .01F;
  const auto broken = static_cast<Broken>(inquiry.broken);
  const std::uint64_t key = key_of(inquiry.seed, "tiger.lion-special-case");
  std::vector<double> start(size), g(size);
  fill_normal(key, 0, start);
  Trajectory tiger(start), lion(start), plain_tiger(start), signum(start), other_lion(start);
  std::int64_t signs = 0, states = 0, signum_states = 0;
  std::vector<double> disagreements(size);
  for (std::size_t t = 1; t <= steps; ++t) {
    fill_normal(key, static_cast<std::uint32_t>(t), g);
    const float eta = broken == relative_rate ? alpha * rms(plain_tiger.theta) : alpha;
    for (std::size_t i = 0; i < size; ++i) {
      const auto g_32 = static_cast<float>(g[i]);
      tiger_step(tiger, i, g_32, beta, alpha, lambda);
      lion_step(lion, i, g_32, broken == unequal_betas ? .95F : beta, broken == unequal_betas ? .98F : beta, alpha, lambda,
                broken == late_direction);
      tiger_step(plain_tiger, i, g_32, beta, eta, 0);
      signum_step(signum, i, g_32, beta, alpha);
      lion_step(other_lion, i, g_32, .95F, .98F, alpha, lambda, broken == late_direction);
      signs += lion.direction[i] != tiger.direction[i];
      states += lion.theta[i] != tiger.theta[i] || lion.m[i] != tiger.m[i];
      signum_states += signum.theta[i] != plain_tiger.theta[i] || signum.m[i] != plain_tiger.m[i];
      disagreements[i] += other_lion.direction[i] != tiger.direction[i];
    }
  }
  inquiry.check(bitwise("signs of Lion with beta1 = beta2 and of Tiger", signs));
  inquiry.check(bitwise("parameters and momenta of Lion with beta1 = beta2 and of Tiger", states));
  inquiry.check(bitwise("parameters and momenta of Signum and of Tiger with lambda = 0, eta = alpha", signum_states));
  // Coordinates are independent, steps are not.
  double mean = 0, square = 0;
  for (const double count : disagreements) {
    mean += count / steps / size;
    square += count / steps * (count / steps) / size;
  }
  const double error = std::sqrt((square - mean * mean) / (size - 1)), predicted = sign_disagreement(.965, .95, .98, steps);
  inquiry.row("sign_disagreement",
              {{"beta", .965}, {"beta1", .95}, {"beta2", .98}, {"measured", mean}, {"standard_error", error}, {"predicted", predicted}});
  inquiry.check(
      sampled("share of signs in which Lion (.95, .98) and Tiger (.965) differ on white noise", (mean - predicted) / error, 1e-7));
}

ASSAY_CLAIM({.id = "claim/tiger/lion-special-case",
             .statement = "Tiger is Lion with beta1 = beta2 bit for bit, and Signum when it neither decays nor scales its step.",
             .source = "kexue.fm/archives/9512 and 9473; Signum: arXiv 1802.04434",
             .kind = Kind::exact,
             .broken_by = {"beta1 = .95, beta2 = .98", "Lion updates its momentum before it takes the direction",
                           "Tiger keeps its relative step alpha RMS(theta)"},
             .ask = ask});

} // namespace
} // namespace assay
