// Averaging over keys: what the article calls vanishing of the mixed terms, in the form that softmax sees.
#include <array>
#include <cmath>
#include <string>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/rope_bias/average.hpp"

namespace assay {
namespace {

enum Broken { none, stretched, no_query_bias_term };
enum Law : std::size_t { normal, by_pair, phases, laws }; // iid; one variance per pair; fixed lengths and uniform phases
constexpr std::string_view name[] = {"normal keys", "normal keys, one variance for each pair", "keys of fixed lengths and uniform phases"};

constexpr int d = 64, pairs = d / 2;
double scale_of(Law law, std::size_t i) { return law == by_pair ? .5 + static_cast<double>(i % 3) / 2 : 1; } // of the i-th pair

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(100, d); // every pair has turned at Delta = 200
  const std::uint64_t key = key_of(inquiry.seed, "rope.key-average");
  // The same bias in every pair: were the phases of q + a all over the circle, a law that favours one component would hardly show.
  const rope::Pairs query = rope::sum(rope::normal_pairs(key, 0, d, .5), rope::Pairs(pairs, 1.)), b = rope::normal_pairs(key, 1, d, .5);
  const std::array<double, 3> distances = {0, 20, 200};
  std::array<rope::Pairs, 3> turned; // R_m(q + a) at n = 0
  for (std::size_t at = 0; at < 3; ++at) turned[at] = rope::rotated(query, theta, distances[at]);

  std::array<std::array<Average, 3>, laws> mean, paired;
  const std::uint64_t draws = inquiry.thorough ? 400000 : 50000;
  const double root = std::sqrt(d);
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    std::array<std::array<double, 3>, laws> score{};
    for (std::size_t i = 0; i < pairs; ++i) {
      auto [re, im] = normals(key, 2, draw * pairs + i);
      const double length = std::hypot(re, im);
      if (inquiry.broken == stretched) re *= 2, im *= .5; // the two components of a pair no longer alike
      for (std::size_t at = 0; at < 3; ++at) {
        const double along = re * turned[at][i].real() + im * turned[at][i].imag();
        score[normal][at] += along;
        score[by_pair][at] += along * scale_of(by_pair, i);
        score[phases][at] += along / length * std::sqrt(2);
      }
    }
    for (std::size_t law = 0; law < laws; ++law)
      for (std::size_t at = 0; at < 3; ++at) {
        const double weight = std::exp(score[law][at] / root);
        mean[law][at].add(weight);
        paired[law][at].add(weight - std::exp(score[law][0] / root));
      }
  }
  for (std::size_t law = 0; law < laws; ++law) {
    double c = 1; // C of this law
    for (std::size_t i = 0; i < pairs; ++i) {
      const double length = std::abs(query[i]), scale = scale_of(static_cast<Law>(law), i);
      c *= law == phases ? std::cyl_bessel_i(0, length * std::sqrt(2) / root) : std::exp(scale * scale * length * length / (2 * d));
    }
    for (std::size_t at = 0; at < 3; ++at) {
      // The bias of the keys is no random number: in the sample it is a factor of weight and error.
      const double factor = std::exp(rope::dot(turned[at], b) / root);
      const double third = std::exp(rope::dot(rope::rotated(query, theta, distances[at] + 7), rope::rotated(b, theta, 7)) / root);
      const double expected = inquiry.broken == no_query_bias_term ? c : c * third;
      const Average& sample = mean[law][at];
      const std::string where = std::string(name[law]) + ", Delta = " + std::to_string(static_cast<int>(distances[at]));
      inquiry.check(sampled("E_k exp(score/sqrt(d)) = C exp((R_m(q + a)).(R_n b)/sqrt(d)), " + where,
                            (factor * sample.mean() - expected) / (factor * sample.error()), 1e-8));
      if (at > 0) inquiry.check(sampled("C is that of Delta = 0, " + where, paired[law][at].z(0), 1e-8));
      inquiry.row("key_average", {{"law", static_cast<double>(law)},
                                  {"distance", distances[at]},
                                  {"mean", factor * sample.mean()},
                                  {"standard_error", factor * sample.error()},
                                  {"expected", c * third}});
    }
  }
}

ASSAY_CLAIM({.id = "claim/rope_bias/key-average",
             .statement = "For every law of keys that rotations leave as it is, and any one query, E_k exp(score/sqrt(d)) = "
                          "C exp((R_m(q + a)).(R_n b)/sqrt(d)): terms with k give a constant, the third term stays",
             .source = "reference/rope/expected.hpp; sharpens kexue.fm 9577",
             .kind = Kind::sampled,
             .broken_by = {"four times and a quarter of the variance in the two components of a pair", "third and fourth term dropped"},
             .ask = ask});

} // namespace
} // namespace assay
