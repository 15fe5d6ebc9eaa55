// RoPE alone makes nothing local on average. Isotropic keys stay exchangeable after any rotations, so that E P_ij = 1/(i + 1) exactly.
#include <array>
#include <cmath>
#include <string>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/rope_bias/average.hpp"

namespace assay {
namespace {

enum Broken { none, with_means, with_opposite_means };
constexpr int d = 64, length = 48;
constexpr std::array<int, 6> edges = {0, 1, 4, 12, 24, length};

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(1e4, d);
  const std::uint64_t key = key_of(inquiry.seed, "rope.no-mean-no-decay");
  const double sign = inquiry.broken == with_opposite_means ? -1 : 1;
  const rope::Pairs a(theta.size(), {.5, .5}), b(theta.size(), {.5 * sign, .5 * sign}); // means that the controls add
  constexpr std::size_t bins = edges.size() - 1;
  std::array<double, bins> score_sum{}, pairs{};
  std::array<Average, bins> share;
  const std::uint32_t sequences = inquiry.thorough ? 4000 : 1000; // enough for the normal quantile of a mean
  for (std::uint32_t sequence = 0; sequence < sequences; ++sequence) {
    std::vector<rope::Pairs> q, k;
    for (std::uint32_t n = 0; n < length; ++n) {
      const std::uint32_t stream = 2 * (sequence * length + n);
      const rope::Pairs query = rope::normal_pairs(key, stream, d, 1), by_key = rope::normal_pairs(key, stream + 1, d, 1);
      q.push_back(rope::rotated(inquiry.broken == none ? query : rope::sum(query, a), theta, n));
      k.push_back(rope::rotated(inquiry.broken == none ? by_key : rope::sum(by_key, b), theta, n));
    }
    std::array<double, bins> of_sequence{}, count{};
    for (int i = 0; i < length; ++i) {
      std::array<double, length> score{};
      double total = 0;
      const auto row = static_cast<std::size_t>(i);
      for (std::size_t j = 0; j <= row; ++j) {
        score[j] = rope::dot(q[row], k[j]);
        total += std::exp(score[j] / std::sqrt(d));
      }
      for (std::size_t j = 0; j <= row; ++j) {
        std::size_t bin = 0;
        while (static_cast<int>(row - j) >= edges[bin + 1]) ++bin;
        score_sum[bin] += score[j];
        pairs[bin] += 1;
        of_sequence[bin] += std::exp(score[j] / std::sqrt(d)) / total * (i + 1);
        count[bin] += 1;
      }
    }
    for (std::size_t bin = 0; bin < bins; ++bin) share[bin].add(of_sequence[bin] / count[bin]);
  }
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const std::string at = ", Delta from " + std::to_string(edges[bin]) + " to " + std::to_string(edges[bin + 1] - 1);
    // Scores of different pairs (i, j) are uncorrelated and have variance d: their sum has variance d times their number.
    inquiry.check(sampled("E score = 0" + at, score_sum[bin] / std::sqrt(d * pairs[bin]), 1e-8));
    inquiry.check(sampled("E (i + 1) P_ij = 1" + at, share[bin].z(1), 1e-8));
    inquiry.row(
        "share",
        {{"from", edges[bin]}, {"score", score_sum[bin] / pairs[bin]}, {"share", share[bin].mean()}, {"error", share[bin].error()}});
  }
  // What means add to E score is their bias curve.
  const rope::Pairs w = rope::pair_weights(a, b);
  inquiry.check(golden("bias curve of means (1/2, 1/2, ...) at Delta = 0", rope::bias_curve(w, theta, 0), "16"));
  inquiry.check(
      golden("its mean over 256 <= Delta < 512", rope::window_mean(w, theta, 256, 512), "4.4", rope::curve_rounding(1e4, d, 512)));
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/no-mean-no-decay",
     .statement = "For isotropic queries and keys without biases E score = 0 at every distance and E P_ij = 1/(i + 1): no decay on average",
     .source = "exchangeability, derived here; against the reading of kexue.fm 9577 and arXiv 2104.09864",
     .kind = Kind::sampled,
     .broken_by = {"queries and keys have the same mean", "their means are opposite"},
     .ask = ask});

} // namespace
} // namespace assay
