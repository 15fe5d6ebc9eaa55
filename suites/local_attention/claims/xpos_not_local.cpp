#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/attention/xpos.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, rope, alibi, whole_exponent };

constexpr std::size_t d = 64;
constexpr int window = 512;

// Mean over rows of F_512(n), and its standard error. Given q the scores of independent keys are independent, normal, with variance
// sum_i zeta_i^(2 t / 512) |q_i|^2 / d over the pairs i: one normal number a key is the same law as d of them.
math::Estimate far_mass(std::uint64_t key, int n, int rows, int broken) {
  double sum = 0, squares = 0;
  std::vector<double> q(d), draw(static_cast<std::size_t>(n)), square(d / 2), factor(d / 2);
  for (std::size_t i = 0; i < d / 2; ++i) factor[i] = broken == rope ? 1 : std::pow(attention::xpos_zeta(i, d), 2 / attention::xpos_base);
  for (int row = 0; row < rows; ++row) {
    fill_normal(key_of(key, "query"), static_cast<std::uint32_t>(row), q);
    fill_normal(key, static_cast<std::uint32_t>(row), draw);
    for (std::size_t i = 0; i < d / 2; ++i) square[i] = (q[2 * i] * q[2 * i] + q[2 * i + 1] * q[2 * i + 1]) / static_cast<double>(d);
    double near = 0, far = 0;
    for (int t = 0; t < n; ++t) {
      double variance = 0;
      for (std::size_t i = 0; i < d / 2; ++i) {
        variance += square[i];
        square[i] *= factor[i];
      }
      const double bias = broken == alibi ? -t / 256.0 : 0;
      (t < window ? near : far) += std::exp(std::sqrt(variance) * draw[static_cast<std::size_t>(t)] + bias);
    }
    const double share = far / (near + far);
    sum += share;
    squares += share * share;
  }
  const double mean = sum / rows;
  return {mean, std::sqrt((squares / rows - mean * mean) / (rows - 1))};
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.xpos-not-local");
  const auto variance = [broken](double t) {
    return broken == rope ? 1 : attention::xpos_variance(d, broken == whole_exponent ? t / 2 : t);
  };
  for (const auto& [t, published] : {std::pair{64, "0.939"}, {512, "0.664"}, {2048, "0.375"}, {8192, "0.169"}, {32768, "0.043"}}) {
    const std::string at = " at distance " + std::to_string(t);
    inquiry.check(golden("standard deviation of a score" + at, std::sqrt(variance(t)), published, 1e-12));
    // Scores of drawn q and k, whose mean square has this mean; the standard error from the fourth moment.
    const int draws = (t < 512 ? 50000 : 4000) * (inquiry.thorough ? 5 : 1); // near, RoPE is hard to tell apart
    double squares = 0, fourth = 0;
    std::vector<double> both(2 * d), scale(d / 2);
    for (std::size_t i = 0; i < d / 2; ++i) scale[i] = std::pow(attention::xpos_zeta(i, d), t / attention::xpos_base);
    for (int draw = 0; draw < draws; ++draw) {
      fill_normal(key_of(key, "pairs" + at), static_cast<std::uint32_t>(draw), both);
      double s = 0; // Re(q_i conj(k_i) e^(i t theta)) has the law of Re(q_i conj(k_i)): k is isotropic
      for (std::size_t i = 0; i < d / 2; ++i) s += scale[i] * (both[2 * i] * both[d + 2 * i] + both[2 * i + 1] * both[d + 2 * i + 1]);
      const double square = s * s / static_cast<double>(d);
      squares += square / draws;
      fourth += square * square / draws;
    }
    inquiry.check(
        sampled("mean square of drawn scores" + at, (squares - variance(t)) / std::sqrt((fourth - squares * squares) / draws), 1e-8));
  }
  for (const auto& [n, rows, published] : {std::tuple{1024, 400, ""}, {8192, 100, "0.918"}, {65536, 16, "0.989"}}) {
    const math::Estimate far = far_mass(key_of(key, std::to_string(n)), n, inquiry.thorough ? 10 * rows : rows, broken);
    const std::string what = "mean mass beyond 512 among " + std::to_string(n) + " keys";
    if (n > 1024) { // in standard errors beyond the last printed digit
      const Check digits = golden(what, far.value, published);
      Check check = sampled(what, std::max(0.0, digits.lhs - digits.slack) / far.error, 1e-8);
      check.published = digits.published;
      check.measured = far.value;
      inquiry.check(check);
    }
    inquiry.row("far_mass",
                {{"n", n}, {"far", far.value}, {"standard_error", far.error}, {"uniform", 1 - window / static_cast<double>(n)}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/xpos-not-local",
     .statement =
         "The scales of xPos take far scores to 0, not to -infinity: for isotropic queries and keys attention beyond 512 tends to that of "
         "equal scores, to 1.",
     .source = "kexue.fm/archives/9431 on xPos, arXiv 2212.10554, which adds a block mask",
     .kind = Kind::sampled,
     .broken_by = {"RoPE: no scales", "ALiBi with slope 1/256 on the same draws", "half the exponent in the variance"},
     .ask = ask});

} // namespace
} // namespace assay
