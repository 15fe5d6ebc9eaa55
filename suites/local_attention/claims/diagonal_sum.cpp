#include <cmath>
#include <string>
#include <vector>

#include "reference/attention/score_gradient.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, unnormalised, constant_for_near_keys, diagonals_shifted };

constexpr std::size_t n = 48, e = 16, window = 20;
constexpr double u = numerics::u64;

struct Inputs {
  std::vector<double> score, v, d_o;
};

// Scores with the bias -slope ln(1 + t), and `constant` on the distances below `reach`.
std::vector<double> biased(const Inputs& in, double slope, double constant = 0, std::size_t reach = n) {
  std::vector<double> score = in.score;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      score[i * n + j] += (i - j < reach ? constant : 0) - slope * std::log1p(static_cast<double>(i - j));
  return score;
}

double loss(const Inputs& in, double slope) {
  const attention::Softmaxed x = attention::softmax(biased(in, slope), in.v, n, e, window);
  double sum = 0;
  for (std::size_t l = 0; l < in.d_o.size(); ++l) sum += in.d_o[l] * x.o[l];
  return sum;
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.diagonal-sum");
  Inputs in{std::vector<double>(n * n), std::vector<double>(n * e), std::vector<double>(n * e)};
  fill_normal(key, 0, in.score);
  fill_normal(key, 1, in.v);
  fill_normal(key, 2, in.d_o);
  constexpr double slope = .7;
  const attention::Softmaxed x = attention::softmax(biased(in, slope), in.v, n, e, window);
  std::vector<double> o = x.o;
  if (broken == unnormalised)
    for (std::size_t l = 0; l < o.size(); ++l) o[l] *= x.sum[l / e];
  const attention::ScoreGradient gradient = attention::score_gradient(x, in.v, in.d_o, o);

  double total = 0, rounding = 0, derivative = 0, size = 0;
  for (std::size_t t = 0; t < window; ++t) {
    double g = 0;
    for (std::size_t i = t; i < n; ++i) {
      const double ds = gradient.ds[i * n + i - t];
      g += ds;
      size += std::fabs(ds);
    }
    total += g;
    derivative -= g * std::log1p(static_cast<double>(broken == diagonals_shifted ? t + 1 : t));
  }
  for (const double row : gradient.rounding) rounding += row;
  rounding += growth(n * window) * u * size;
  inquiry.check(identity("sum of the diagonal sums", total, 0, rounding));

  // Central differences at steps h and 2 h are off by c h^2 + ... and 4 c h^2 + ...; their difference covers the better one three times.
  constexpr double h = 1e-4;
  const double fine = (loss(in, slope + h) - loss(in, slope - h)) / (2 * h),
               coarse = (loss(in, slope + 2 * h) - loss(in, slope - 2 * h)) / (4 * h);
  double magnitude = 0; // of the terms of the loss, which round by (3 growth(w) + growth(n e) + 40) u
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      for (std::size_t l = 0; l < e; ++l) magnitude += x.p[i * n + j] * std::fabs(in.d_o[i * e + l] * in.v[j * e + l]);
  const double chain = (3 * growth(window) + growth(n * e) + 40) * u;
  inquiry.check(identity("-sum g(t) ln(1 + t) = derivative of the loss by the slope of ln(1 + t)", derivative, fine,
                         std::fabs(fine - coarse) + chain * magnitude / h + rounding * std::log(window)));

  const attention::Softmaxed moved =
      attention::softmax(biased(in, slope, 2.5, broken == constant_for_near_keys ? 5 : n), in.v, n, e, window);
  double apart = 0, lse = 0;
  for (std::size_t l = 0; l < x.o.size(); ++l) apart += std::fabs(moved.o[l] - x.o[l]);
  for (std::size_t i = 0; i < n; ++i) lse += std::fabs(moved.lse[i] - x.lse[i] - 2.5);
  double values = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      for (std::size_t l = 0; l < e; ++l) values += x.p[i * n + j] * std::fabs(in.v[j * e + l]);
  // A score and its constant round by 10 u, differences to the maximum by 10 u more; exp, quotient, and the two sums of both results.
  inquiry.check(
      identity("outputs with a constant added to the bias, summed differences", apart, 0, 2 * (20 + 4 + 2 * growth(window)) * u * values));
  inquiry.check(identity("log-sum-exp moves by the constant, summed differences", lse, 0, 2 * n * (20 + 4 + growth(window) + 8) * u));
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/diagonal-sum",
     .statement =
         "The sums g(t) of dS along diagonals add up to 0 and give the gradient of every relative bias as sum g(t) db(t); a constant bias "
         "changes the log-sum-exp alone.",
     .source = "chain rule; biases of arXiv 2108.12409 and 2205.09921",
     .kind = Kind::exact,
     .broken_by = {"D from an output that is not divided by its sum", "the constant is added at distances below 5 only",
                   "diagonals counted from 1"},
     .ask = ask});

} // namespace
} // namespace assay
