// Nothing but the direction of b against a decides whether the fourth term decays.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "reference/math/quadrature.hpp"
#include "reference/random.hpp"
#include "reference/rope/profile.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, equal_draws, quarter_turn, sine_parts_left_out, twice_the_pairs };
constexpr int d = 64;
constexpr double base = 1e4;

// Means of B over 1, 2-3, 4-7 ... 1024-2047: the smallest step from one to the next.
double smallest_rise(const rope::Pairs& w, const std::vector<double>& theta) {
  double least = 1e9, before = rope::window_mean(w, theta, 1, 2);
  for (double from = 2; from <= 1024; from *= 2) {
    const double mean = rope::window_mean(w, theta, from, 2 * from);
    least = std::min(least, mean - before);
    before = mean;
  }
  return least;
}

// The curves of constant biases, and what is left of them in one sequence of 8192 noisy queries and keys, with and without biases.
void figure(Inquiry& inquiry, std::uint64_t key, const std::vector<double>& theta) {
  const rope::Pairs a(theta.size(), {.5, .5}), turned(theta.size(), {-.5, .5});
  std::vector<rope::Pairs> q, k;
  for (std::uint32_t n = 0; n < 8192; ++n) {
    q.push_back(rope::normal_pairs(key, 2 * n + 1000000, d, 1));
    k.push_back(rope::normal_pairs(key, 2 * n + 1000001, d, 1));
  }
  std::vector<std::size_t> distances;
  for (double at = 1; at <= 4096; at *= std::pow(2, .125))
    if (const auto distance = static_cast<std::size_t>(std::round(at)); distances.empty() || distance > distances.back())
      distances.push_back(distance);
  const rope::Profile profile = rope::term_profile(q, k, a, a, theta, distances);
  for (std::size_t row = 0; row < profile.size(); ++row) {
    const auto at = static_cast<double>(distances[row]);
    double total = 0;
    for (const rope::Spread& term : profile[row]) total += term.mean;
    inquiry.row("curves", {{"distance", at},
                           {"aligned", rope::bias_curve(rope::pair_weights(a, a), theta, at)},
                           {"turned", rope::bias_curve(rope::pair_weights(a, turned), theta, at)},
                           {"with_bias", total},
                           {"without_bias", profile[row][0].mean}});
  }
}

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(base, d);
  const std::uint64_t key = key_of(inquiry.seed, "rope.alignment-needed");
  const double rounding = 2 * rope::curve_rounding(base, d, 4096);

  double above = -1e9, beyond = -1e9; // by how much |B| exceeds B(0) for a = b, and sum |w| for any a and b
  for (std::uint32_t draw = 0; draw < 20; ++draw) {
    const rope::Pairs a = rope::normal_pairs(key, 2 * draw, d, .5), other = rope::normal_pairs(key, 2 * draw + 1, d, .5);
    rope::Pairs turned = a;
    for (std::complex<double>& pair : turned) pair *= std::complex<double>(0, 1);
    const rope::Pairs alike = rope::pair_weights(a, inquiry.broken == quarter_turn ? turned : a);
    const rope::Pairs unlike = rope::pair_weights(a, draw % 2 == 0 ? other : turned);
    double moduli = 0;
    for (const std::complex<double>& w : unlike) moduli += inquiry.broken == sine_parts_left_out ? std::fabs(w.real()) : std::abs(w);
    for (double distance = 0; distance < 512; ++distance) {
      above = std::max(above, std::fabs(rope::bias_curve(alike, theta, distance)) - rope::bias_curve(alike, theta, 0));
      beyond = std::max(beyond, std::fabs(rope::bias_curve(unlike, theta, distance)) - moduli);
    }
  }
  inquiry.check(inequality("a = b: |B(Delta)| less B(0), 20 draws, Delta < 512", above, 0, rounding));
  inquiry.check(inequality("any a, b: |B(Delta)| less sum |w_i|, 20 draws, Delta < 512", beyond, 0, rounding));

  const std::complex<double> opposite = inquiry.broken == quarter_turn ? std::complex<double>(0, -.5) : -.5;
  const rope::Pairs opposed(theta.size(), opposite);
  inquiry.check(golden("b = -a: B(0)", rope::bias_curve(opposed, theta, 0), "-16"));
  inquiry.check(golden("b = -a: mean of B over 1024 <= Delta < 2048", rope::window_mean(opposed, theta, 1024, 2048), "-2.1", rounding));
  inquiry.check(inequality("b = -a: means over [2^k, 2^(k+1)) rise up to 2048", -smallest_rise(opposed, theta), 0, rounding));

  // A quarter turn gives S_1/2, whose mean over a period of ln Delta is (1/2h)[Si(x) - Si(x/base)]: pi/(4h) up to 1/x and x/base.
  const double h = rope::log_step(base, d), plateau = std::numbers::pi / 4 / (inquiry.broken == twice_the_pairs ? h / 2 : h);
  std::vector<double> edges;
  for (int k = 0; k <= 16; ++k) edges.push_back(std::log(100.) + h * k / 16);
  const math::Estimate mean = math::integrate([&](double v) { return rope::sine_sum(theta, std::exp(v)) / 2; }, edges);
  const double x = edges.back();
  inquiry.check(identity("b turned by a quarter: mean of B over a period of ln Delta from 100 is the plateau pi/(4h)", mean.value / h,
                         plateau, mean.error / h + (std::exp(-x) + std::exp(x) / base) / (2 * h) + rounding));
  inquiry.check(golden("that plateau", plateau, "2.73"));

  const rope::Pairs near = rope::window_means(theta, 0, 8), far = rope::window_means(theta, 256, 512);
  double decaying = 0;
  const std::uint32_t draws = inquiry.thorough ? 40000 : 4000;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    const rope::Pairs a = rope::normal_pairs(key, 2 * draw + 100, d, 1), b = rope::normal_pairs(key, 2 * draw + 101, d, 1);
    const rope::Pairs w = rope::pair_weights(a, inquiry.broken == equal_draws ? a : b);
    double fall = 0;
    for (std::size_t i = 0; i < w.size(); ++i) fall += (w[i] * (near[i] - far[i])).real();
    decaying += fall > 0;
  }
  inquiry.check(sampled("independent a, b: B decays in half of the draws", (decaying - draws / 2.) / std::sqrt(draws / 4.), 1e-8));
  inquiry.row("decaying", {{"draws", draws}, {"share", decaying / draws}});
  if (inquiry.broken == none) figure(inquiry, key, theta);
}

ASSAY_CLAIM({.id = "claim/rope_bias/alignment-needed",
             .statement =
                 "The fourth term decays for aligned biases only: opposite ones make attention anti-local, a quarter turn gives a plateau, "
                 "and independent ones decay in half of the draws",
             .source = "derived in reference/rope/curve.hpp; narrows kexue.fm 9577",
             .kind = Kind::sampled,
             .broken_by = {"a = b in the draws", "a quarter turn in place of b = a and b = -a", "sum |Re w_i| in place of sum |w_i|",
                           "twice the pairs in the plateau"},
             .ask = ask});

} // namespace
} // namespace assay
