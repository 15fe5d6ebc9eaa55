// Two layouts of the same pairs: (2i, 2i+1), and (i, i + d/2). Each is written as its users write it, on plain rows of numbers.
#include <cmath>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, bias_left, odds_first };
using Row = std::vector<double>;
constexpr std::size_t d = 64, half = d / 2;

Row interleaved(const Row& x, const Row& theta, double position) {
  Row y(d);
  for (std::size_t i = 0; i < half; ++i) {
    const double c = std::cos(position * theta[i]), s = std::sin(position * theta[i]);
    y[2 * i] = x[2 * i] * c - x[2 * i + 1] * s;
    y[2 * i + 1] = x[2 * i + 1] * c + x[2 * i] * s;
  }
  return y;
}

// x cos + rotate_half(x) sin, with tables that repeat themselves after d/2.
Row half_split(const Row& x, const Row& theta, double position) {
  Row y(d);
  for (std::size_t j = 0; j < d; ++j) {
    const double angle = position * theta[j % half], turned = j < half ? -x[j + half] : x[j - half];
    y[j] = x[j] * std::cos(angle) + turned * std::sin(angle);
  }
  return y;
}

Row permuted(const Row& x, bool odds_first) {
  Row y(d);
  for (std::size_t i = 0; i < half; ++i) {
    y[i] = x[2 * i + (odds_first ? 1 : 0)];
    y[i + half] = x[2 * i + (odds_first ? 0 : 1)];
  }
  return y;
}

Row plus(Row x, const Row& bias) {
  for (std::size_t j = 0; j < d; ++j) x[j] += bias[j];
  return x;
}

void ask(Inquiry& inquiry) {
  const Row theta = rope::frequencies(1e4, static_cast<int>(d));
  const std::uint64_t key = key_of(inquiry.seed, "rope.layout-permutation");
  const auto move = [&](const Row& x) { return permuted(x, inquiry.broken == odds_first); };
  std::int64_t differing = 0;
  Check scores = identity("scores of 100 rows in both layouts, up to the order of addition", 0, 0, 0);
  for (std::uint32_t draw = 0; draw < 100; ++draw) {
    Row q(d), k(d), a(d), b(d);
    for (std::uint32_t which = 0; which < 4; ++which) fill_normal(key, 4 * draw + which, *std::array{&q, &k, &a, &b}[which]);
    const Row moved_a = inquiry.broken == bias_left ? a : move(a), moved_b = inquiry.broken == bias_left ? b : move(b);
    const double m = 7.0 * draw, n = 3.0 * draw + 1;
    const Row q1 = interleaved(plus(q, a), theta, m), k1 = interleaved(plus(k, b), theta, n);
    const Row q2 = half_split(plus(move(q), moved_a), theta, m), k2 = half_split(plus(move(k), moved_b), theta, n);
    const Row want = move(q1);
    double first = 0, second = 0, magnitude = 0;
    for (std::size_t j = 0; j < d; ++j) {
      differing += q2[j] != want[j];
      first += q1[j] * k1[j];
      second += q2[j] * k2[j];
      magnitude += std::fabs(q1[j] * k1[j]);
    }
    scores.lhs += std::fabs(first - second);
    scores.slack += 2 * d * numerics::u64 * magnitude; // the same products, two chains of additions
  }
  inquiry.check(bitwise("rotated rows, biases permuted along", differing));
  inquiry.check(scores);
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/layout-permutation",
     .statement = "Half-split rotation of a permuted row is the permuted interleaved rotation, bit by bit, if the bias is permuted too",
     .source = "layouts of RoFormer (arXiv 2104.09864) and GPT-NeoX",
     .kind = Kind::exact,
     .broken_by = {"weights permuted, bias left as it was", "odd components before even ones"},
     .ask = ask});

} // namespace
} // namespace assay
