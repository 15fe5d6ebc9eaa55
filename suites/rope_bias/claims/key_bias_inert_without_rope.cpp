// Softmax does not see what is added to a whole row of scores. A key bias adds q_i.b to row i, unless positions turn it.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

#include "reference/random.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, with_rope, query_bias, not_turned_back };
constexpr std::size_t n = 12, d = 16;
template <class T> using Rows = std::array<std::array<T, d>, n>;
using Line = std::array<double, d>;

// x + bias, each row turned by its position where there is RoPE.
template <class T, class Bias> Rows<T> placed(const Rows<double>& x, const Bias& bias, bool rope) {
  const std::vector<double> theta = rope::frequencies(1e4, static_cast<int>(d));
  Rows<T> y;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t p = 0; p < d; p += 2) {
      const double angle = rope ? static_cast<double>(i) * theta[p / 2] : 0, c = std::cos(angle), s = std::sin(angle);
      const T first = x[i][p] + bias[p], second = x[i][p + 1] + bias[p + 1];
      y[i][p] = first * c - second * s;
      y[i][p + 1] = second * c + first * s;
    }
  return y;
}

// Causal weights [i][j]; complex numbers carry a derivative in their imaginary part.
template <class T> std::array<std::array<T, n>, n> weights(const Rows<T>& q, const Rows<T>& k) {
  std::array<std::array<T, n>, n> p{};
  for (std::size_t i = 0; i < n; ++i) {
    T total = 0;
    for (std::size_t j = 0; j <= i; ++j) {
      T score = 0;
      for (std::size_t c = 0; c < d; ++c) score += q[i][c] * k[j][c];
      p[i][j] = std::exp(score / std::sqrt(static_cast<double>(d)));
      total += p[i][j];
    }
    for (std::size_t j = 0; j <= i; ++j) p[i][j] /= total;
  }
  return p;
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "rope.key-bias-inert");
  Rows<double> q, k, slope; // slope: d loss/d weight, as G V^T would be
  Line b, zero{};
  for (std::uint32_t i = 0; i < n; ++i) {
    fill_normal(key, 3 * i, q[i]);
    fill_normal(key, 3 * i + 1, k[i]);
    fill_normal(key, 3 * i + 2, slope[i]);
  }
  fill_normal(key, 1000, b);
  const double root = std::sqrt(static_cast<double>(d));
  // Largest |q_i|, |k_j| + |b|, and with them scores; a row of slopes is at most `steep` in size.
  double longest_q = 0, longest_k = 0, steep = 0;
  const auto length = [](const Line& x) {
    double squares = 0;
    for (const double value : x) squares += value * value;
    return std::sqrt(squares);
  };
  for (std::size_t i = 0; i < n; ++i) {
    longest_q = std::max(longest_q, length(q[i]) + length(b));
    longest_k = std::max(longest_k, length(k[i]) + length(b));
    for (const double x : slope[i]) steep = std::max(steep, std::fabs(x));
  }
  // A score: d products and sums of rounded sums, and angles below n: 2 n + d + 16 roundings of |q||k|/sqrt(d). A weight changes by twice
  // the error of its scores, and by n + 4 roundings of its own.
  const double score_error = (2 * n + d + 16) * numerics::u64 * longest_q * longest_k / root;
  const double weight_error = 2 * std::expm1(2 * score_error) + 2 * (n + 4) * numerics::u64;

  const bool rope = inquiry.broken == with_rope;
  const auto with = weights(placed<double>(q, inquiry.broken == query_bias ? b : zero, rope),
                            placed<double>(k, inquiry.broken == query_bias ? zero : b, rope));
  const auto without = weights(placed<double>(q, zero, rope), placed<double>(k, zero, rope));
  double change = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) change = std::max(change, std::fabs(with[i][j] - without[i][j]));
  inquiry.check(identity("largest change of a weight by a key bias, without RoPE", change, 0, weight_error));

  // db = sum_j R_j^T sum_i dS_ij q'_i/sqrt(d), dS_ij = P_ij (g_ij - sum_l P_il g_il); by the query bias likewise.
  const auto gradient = [&](bool turned, bool of_query) {
    const Rows<double> q_placed = placed<double>(q, zero, turned), k_placed = placed<double>(k, b, turned);
    const auto p = weights(q_placed, k_placed);
    Rows<double> d_row{};
    for (std::size_t i = 0; i < n; ++i) {
      double mean = 0;
      for (std::size_t j = 0; j <= i; ++j) mean += p[i][j] * slope[i][j];
      for (std::size_t j = 0; j <= i; ++j)
        for (std::size_t c = 0; c < d; ++c)
          d_row[of_query ? i : j][c] += p[i][j] * (slope[i][j] - mean) * (of_query ? k_placed[j][c] : q_placed[i][c]) / root;
    }
    Line sum{};
    const std::vector<double> theta = rope::frequencies(1e4, static_cast<int>(d));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < d; c += 2) {
        const double angle = turned && inquiry.broken != not_turned_back ? -static_cast<double>(i) * theta[c / 2] : 0;
        sum[c] += d_row[i][c] * std::cos(angle) - d_row[i][c + 1] * std::sin(angle);
        sum[c + 1] += d_row[i][c + 1] * std::cos(angle) + d_row[i][c] * std::sin(angle);
      }
    return sum;
  };
  // Every row has weights of sum 1 and slopes up to `steep`: sum |dS_ij| <= 2 n steep, times |q|/sqrt(d), times the relative error of
  // weights and of the 4 n + d + 16 roundings that follow.
  const double gradient_error = 2 * n * steep * longest_q / root * (weight_error + (4 * n + d + 16) * numerics::u64);
  double largest = 0;
  for (const double x : gradient(rope, inquiry.broken == query_bias)) largest = std::max(largest, std::fabs(x));
  inquiry.check(identity("largest derivative by a key bias, without RoPE", largest, 0, gradient_error));

  // With RoPE the same formula is no longer 0: against the derivative that an imaginary step of 1e-100 carries through the forward pass.
  const Line db = gradient(true, false);
  double off = 0, size = 0;
  for (std::size_t c = 0; c < d; ++c) {
    std::array<std::complex<double>, d> stepped{};
    for (std::size_t e = 0; e < d; ++e) stepped[e] = {b[e], e == c ? 1e-100 : 0};
    const auto p = weights(placed<std::complex<double>>(q, zero, true), placed<std::complex<double>>(k, stepped, true));
    double derivative = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) derivative += p[i][j].imag() / 1e-100 * slope[i][j];
    off = std::max(off, std::fabs(derivative - db[c]));
    size = std::max(size, std::fabs(db[c]));
  }
  inquiry.check(identity("with RoPE: formula of the derivative against an imaginary step", off, 0, 2 * gradient_error));
  inquiry.row("key_bias", {{"rope", rope ? 1. : 0}, {"change_of_weight", change}, {"largest_derivative", largest}, {"with_rope", size}});
}

ASSAY_CLAIM({.id = "claim/rope_bias/key-bias-inert-without-rope",
             .statement = "Without RoPE a key bias changes no weight and its gradient is 0; with RoPE it does and is not",
             .source = "Su, kexue.fm 9577; the gradient derived here",
             .kind = Kind::exact,
             .broken_by = {"with RoPE", "a query bias in place of the key bias", "gradient without turning the rows back"},
             .ask = ask});

} // namespace
} // namespace assay
