// Keys are averaged in closed form, so that only the query q = a + e is drawn: the statistic is exp(q.R b/sqrt(d) + t |q|^2/2), as the mean
// of its values for e and -e.
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "reference/rope/expected.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/rope_bias/average.hpp"

namespace assay {
namespace {

enum Broken { none, no_gain, no_key_noise };

constexpr int d = 64;
struct Setting {
  rope::Noise noise;
  double scale; // of the biases
  std::uint64_t draws;
};
// The last has the noise to show the gain: 1.114, where a variance of the statistic still exists, 4 sq^2 sk^2 < d.
constexpr Setting settings[] = {{{1, 1}, .5, 15000}, {{.7, 1.3}, .7, 15000}, {{1.6, 1.6}, .5, 90000}};

double square(const rope::Pairs& x) { return rope::dot(x, x); }

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(1e4, d);
  const std::array<double, 3> distances = {0, 3, 50};
  for (std::uint32_t which = 0; which < 3; ++which) {
    const auto& [noise, scale, draws] = settings[which];
    const std::uint64_t key = key_of(inquiry.seed, "rope.annealed-gain " + std::to_string(which));
    // Alike, yet not equal: b is a with noise of half its size.
    const rope::Pairs a = rope::normal_pairs(key, 0, d, scale), b = rope::sum(a, rope::normal_pairs(key, 1, d, scale / 2));
    const double root = std::sqrt(d), t = noise.key * noise.key / d;
    std::array<double, 3> expected{}, curve{};
    std::array<rope::Pairs, 3> turned; // R_{n-m} b, n = 0
    for (std::size_t at = 0; at < 3; ++at) {
      turned[at] = rope::rotated(b, theta, -distances[at]);
      curve[at] = rope::bias_curve(rope::pair_weights(a, b), theta, distances[at]);
      const rope::Noise known = inquiry.broken == no_key_noise ? rope::Noise{noise.query, 0} : noise;
      expected[at] = rope::expected_weight(d, known, square(a), square(b), curve[at]);
      if (inquiry.broken == no_gain) expected[at] *= std::exp(curve[at] / root * (1 - rope::noise_gain(d, noise)));
    }
    std::array<Average, 3> mean;
    Average ratio;
    rope::Pairs e(theta.size());
    for (std::uint64_t draw = 0; draw < draws * (inquiry.thorough ? 8 : 1); ++draw) {
      for (std::size_t i = 0; i < e.size(); ++i) {
        const auto [re, im] = normals(key, 2, draw * e.size() + i);
        e[i] = noise.query * std::complex<double>(re, im);
      }
      const double even = t / 2 * (square(a) + square(e)), odd = t * rope::dot(a, e);
      std::array<double, 3> weight{};
      for (std::size_t at = 0; at < 3; ++at) {
        weight[at] = std::exp(even + rope::dot(a, turned[at]) / root) * std::cosh(odd + rope::dot(e, turned[at]) / root);
        mean[at].add(weight[at]);
      }
      ratio.add(weight[0] / expected[0] - weight[2] / expected[2]);
    }
    char at_noise[64];
    std::snprintf(at_noise, sizeof at_noise, ", noise %g and %g", noise.query, noise.key);
    for (std::size_t at = 0; at < 3; ++at) {
      inquiry.check(sampled("E exp(score/sqrt(d)) is the formula's" + std::string(at_noise) +
                                ", Delta = " + std::to_string(static_cast<int>(distances[at])),
                            mean[at].z(expected[at]), 1e-8));
      inquiry.row("annealed", {{"noise", noise.query},
                               {"distance", distances[at]},
                               {"mean", mean[at].mean()},
                               {"standard_error", mean[at].error()},
                               {"expected", expected[at]}});
    }
    if (which == 2) inquiry.check(sampled("E(0)/E(50) is the formula's" + std::string(at_noise), ratio.z(0), 1e-8));
  }
  const auto gain = [&](double noise) { return inquiry.broken == no_gain ? 1 : rope::noise_gain(d, {noise, noise}); };
  inquiry.check(golden("gain at d = 64, unit noise", gain(1), "1.0159"));
  inquiry.check(golden("gain at d = 64, noise 1.6", gain(1.6), "1.1141"));
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/annealed-gain",
     .statement =
         "Averaged over normal queries and keys, exp(score/sqrt(d)) follows exp(gain B(Delta)/sqrt(d)), gain = 1/(1 - sq^2 sk^2/d), "
         "times a constant",
     .source = "derived in reference/rope/expected.hpp; sharpens kexue.fm 9577",
     .kind = Kind::sampled,
     .broken_by = {"gain 1", "noise of the keys left out of the formula"},
     .ask = ask});

} // namespace
} // namespace assay
