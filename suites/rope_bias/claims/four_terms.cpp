// The algebra behind everything else, with a and b independent: for a = b the sine part of the bias curve vanishes, and with it the
// power to see a wrong sign.
#include <algorithm>
#include <cmath>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, bias_after_rotation, sine_sign, no_mixed_terms };

void ask(Inquiry& inquiry) {
  constexpr int d = 64;
  const std::vector<double> theta = rope::frequencies(1e4, d);
  const std::uint64_t key = key_of(inquiry.seed, "rope.four-terms");
  const double positions[][2] = {{0, 0}, {7, 3}, {3, 7}, {500, 300}, {4095, 0}, {131071, 130560}};
  double expansion = 0, curve = 0; // largest errors over their bounds
  for (std::uint32_t draw = 0; draw < 50; ++draw) {
    const auto [q, k, a, b] = std::array{rope::normal_pairs(key, 4 * draw, d, 1), rope::normal_pairs(key, 4 * draw + 1, d, 1),
                                         rope::normal_pairs(key, 4 * draw + 2, d, .5), rope::normal_pairs(key, 4 * draw + 3, d, .5)};
    const rope::Pairs query = rope::sum(q, a), by_key = rope::sum(k, b), w = rope::pair_weights(a, b);
    for (const auto& [m, n] : positions) {
      const double delta = m - n;
      const double score = inquiry.broken == bias_after_rotation
                               ? rope::dot(rope::sum(rope::rotated(q, theta, m), a), rope::sum(rope::rotated(k, theta, n), b))
                               : rope::dot(rope::rotated(query, theta, m), rope::rotated(by_key, theta, n));
      const auto term = [&](const rope::Pairs& x, const rope::Pairs& y) { return rope::dot(x, rope::rotated(y, theta, -delta)); };
      const double t4 = term(a, b), mixed = inquiry.broken == no_mixed_terms ? 0 : term(a, k) + term(q, b);
      double slack = rope::score_rounding(query, by_key, theta, m, n);
      for (const auto& [x, y] : {std::pair(&q, &k), std::pair(&a, &k), std::pair(&q, &b), std::pair(&a, &b)})
        slack += rope::score_rounding(*x, *y, theta, 0, delta);
      expansion = std::max(expansion, std::fabs(score - (term(q, k) + mixed + t4)) / slack);
      const double b_of_delta = rope::bias_curve(w, theta, inquiry.broken == sine_sign ? -delta : delta);
      curve = std::max(curve, std::fabs(t4 - b_of_delta) / (2 * rope::score_rounding(a, b, theta, 0, delta)));
    }
  }
  inquiry.check(inequality("the score is the sum of its four terms: largest error over its rounding", expansion, 1));
  inquiry.check(inequality("the fourth term is B(Delta) of the pair weights: largest error over its rounding", curve, 1));
}

ASSAY_CLAIM({.id = "claim/rope_bias/four-terms",
             .statement = "(R_m(q + a)).(R_n(k + b)) = q.R k + a.R k + q.R b + B(m - n), R = R_{n-m}, with B from the pair weights alone",
             .source = "Su, kexue.fm 9577; RoFormer, arXiv 2104.09864",
             .kind = Kind::exact,
             .broken_by = {"biases added after the rotation", "sign of the sine part of B", "mixed terms dropped"},
             .ask = ask});

} // namespace
} // namespace assay
