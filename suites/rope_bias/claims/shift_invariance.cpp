// Rounding is what breaks the shift: mostly that of the angle m theta_i, which grows with the position. fp32 arithmetic is simulated here;
// kernels are held to the same statement by a law of their own.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "reference/storage.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, mixed_layouts, bf16_positions, fp16_table };
enum class Angle { table, reduced }; // fp32 product with a table rounded from fp64; reduced in fp64, cosine and sine rounded

template <class T> using Row = std::vector<T>; // interleaved pairs

float narrow_theta(int broken, double theta) { return broken == fp16_table ? widen(to_fp16(theta)) : static_cast<float>(theta); }

template <class T>
Row<T> rotated(const Row<T>& x, const std::vector<double>& theta, double position, Angle angle, int broken, bool half_split) {
  Row<T> y(x.size());
  const std::size_t half = x.size() / 2;
  const double at = broken == bf16_positions ? widen(to_bf16(position)) : position;
  for (std::size_t i = 0; i < half; ++i) {
    const float product = static_cast<float>(at) * narrow_theta(broken, theta[i]);
    const T c = angle == Angle::reduced ? static_cast<T>(std::cos(at * theta[i])) : std::cos(product);
    const T s = angle == Angle::reduced ? static_cast<T>(std::sin(at * theta[i])) : std::sin(product);
    const std::size_t first = half_split ? i : 2 * i, second = half_split ? i + half : 2 * i + 1;
    y[first] = x[first] * c - x[second] * s;
    y[second] = x[second] * c + x[first] * s;
  }
  return y;
}

// Of two rotations in fp32 and a sum in fp64: of a pair |q_i||k_i| times the errors of both angles, 3 of sine and cosine (an ulp of
// numbers below 1) and 14 u of products and sums, u = 2^-24.
double bound(const rope::Pairs& q, const rope::Pairs& k, const std::vector<double>& theta, double m, double n, Angle angle) {
  constexpr double u = numerics::u32;
  double sum = 0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const double phase = (m + n) * theta[i] * (angle == Angle::table ? 2 * u + u * u : 0x1p-52);
    sum += std::abs(q[i]) * std::abs(k[i]) * (phase + 3 * 2 * u + 14 * u);
  }
  return sum;
}

void scores(Inquiry& inquiry) {
  constexpr int d = 128;
  const std::vector<double> theta = rope::frequencies(5e5, d);
  const std::uint64_t key = key_of(inquiry.seed, "rope.shift-invariance");
  double exact = 0, table = 0, reduced = 0; // largest errors over their bounds
  for (const double shift : {0., 4096., 131072., 1e6}) {
    double table_error = 0, reduced_error = 0;
    for (std::uint32_t draw = 0; draw < 300; ++draw) {
      std::array<Row<float>, 2> narrow;
      std::array<Row<double>, 2> wide;
      std::array<rope::Pairs, 2> pairs; // numbers that fp32 holds, in three forms
      for (std::uint32_t which = 0; which < 2; ++which) {
        pairs[which] = rope::normal_pairs(key, 2 * draw + which, d, 1);
        for (std::complex<double>& pair : pairs[which]) {
          pair = {static_cast<float>(pair.real()), static_cast<float>(pair.imag())};
          for (const double component : {pair.real(), pair.imag()}) {
            narrow[which].push_back(static_cast<float>(component));
            wide[which].push_back(component);
          }
        }
      }
      const double m = 500 + shift, n = 300 + shift, want = rope::dot(pairs[0], rope::rotated(pairs[1], theta, n - m));
      const auto error = [&](const auto& row, Angle angle) {
        const auto q = rotated(row[0], theta, m, angle, inquiry.broken, false);
        const auto k = rotated(row[1], theta, n, angle, inquiry.broken, inquiry.broken == mixed_layouts);
        double score = 0;
        for (std::size_t j = 0; j < q.size(); ++j) score += static_cast<double>(q[j]) * static_cast<double>(k[j]);
        return std::fabs(score - want);
      };
      const double rounding =
          rope::score_rounding(pairs[0], pairs[1], theta, m, n) + rope::score_rounding(pairs[0], pairs[1], theta, 0, m - n);
      exact = std::max(exact, error(wide, Angle::reduced) / rounding);
      const double with_table = error(narrow, Angle::table), with_reduced = error(narrow, Angle::reduced);
      table_error = std::max(table_error, with_table);
      reduced_error = std::max(reduced_error, with_reduced);
      table = std::max(table, with_table / bound(pairs[0], pairs[1], theta, m, n, Angle::table));
      reduced = std::max(reduced, with_reduced / bound(pairs[0], pairs[1], theta, m, n, Angle::reduced));
    }
    inquiry.row("score_error", {{"shift", shift}, {"table", table_error / std::sqrt(d)}, {"reduced", reduced_error / std::sqrt(d)}});
  }
  inquiry.check(inequality("fp64: largest difference from the score at (m - n, 0), over its rounding", exact, 1));
  inquiry.check(inequality("fp32, angles from a fp32 table: largest error of a score over its bound", table, 1));
  inquiry.check(inequality("fp32, angles reduced in fp64: largest error of a score over its bound", reduced, 1));
}

// Largest |computed - true angle| over all pairs and positions up to 511, 4095 ..., base 1e4, d = 64: with a table rounded from fp64, with
// one made in fp32 by exp(-(2i/d) ln base), and reduced in fp64 to half a turn, then rounded.
void angles(Inquiry& inquiry) {
  constexpr int d = 64;
  const std::vector<double> theta = rope::frequencies(1e4, d);
  struct Mark {
    int last;
    std::string_view table;
  };
  const Mark marks[] = {{511, "1.8e-5"}, {4095, "1.5e-4"}, {32767, "1.2e-3"}, {131071, "4.9e-3"}, {1048575, "3.9e-2"}};
  std::array<double, 3> worst{};
  int position = 1;
  for (int last = 1; last <= 1048575; last = 2 * last + 1) {
    for (; position <= last; ++position)
      for (std::size_t i = 1; i < 8; ++i) { // theta_0 is exact; the errors of slow pairs are smaller
        const double phase = position * theta[i];
        worst[0] = std::max(worst[0],
                            std::fabs(static_cast<double>(static_cast<float>(position) * narrow_theta(inquiry.broken, theta[i])) - phase));
        if (position + 256 <= last) continue; // the others are for the figure
        const float by_exp = std::exp(static_cast<float>(2 * i) * (-std::log(1e4F) / d));
        worst[1] = std::max(worst[1], std::fabs(static_cast<double>(static_cast<float>(position) * by_exp) - phase));
        const double folded = std::remainder(phase, 2 * std::numbers::pi);
        worst[2] = std::max(worst[2], std::fabs(static_cast<double>(static_cast<float>(folded)) - folded));
      }
    inquiry.row("angle_error", {{"position", last}, {"table", worst[0]}, {"by_exp", worst[1]}, {"reduced", worst[2]}});
    for (const Mark& mark : marks)
      if (mark.last == last)
        inquiry.check(golden("largest error of a fp32 angle up to position " + std::to_string(last), worst[0], mark.table, last * 0x1p-49));
  }
}

void ask(Inquiry& inquiry) {
  scores(inquiry);
  angles(inquiry);
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/shift-invariance",
     .statement = "(R_m q).(R_n k) depends on m - n alone, up to rounding; with fp32 angles the error grows with the position, with angles "
                  "reduced in fp64 it does not",
     .source = "RoFormer, arXiv 2104.09864; bounds derived here",
     .kind = Kind::bound,
     .broken_by = {"interleaved queries, half-split keys", "positions in bf16", "theta table in fp16"},
     .ask = ask});

} // namespace
} // namespace assay
