// Beyond the base the curve comes back: it is a sum of cosines, almost periodic, with mean 0.
//
// Dirichlet's kernel bounds its mean over any n distances by (1/n) sum_i 1/sin(theta_i/2), theta_0 = 1 included. Jensen's inequality
// turns that into mass: the mean of exp(c C_1) is at least exp(c mean C_1). So for every c
//   F_W(n) >= 1 - near/(near + (n - W) exp(-(c/(n - W)) sum_i 1/sin(theta_i/2))),   near = sum_{Delta < W} exp(c C_1(Delta))
// which tends to 1: no bias of this kind keeps attention local for ever.
#include <algorithm>
#include <cmath>
#include <string>

#include "reference/rope/curve.hpp"
#include "reference/rope/expected.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, alibi, other_base, near_weighs_one };
constexpr int d = 64, window = 512;

double mean(const std::vector<double>& x, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t k = from; k < to; ++k) sum += x[k];
  return sum / static_cast<double>(to - from);
}

void ask(Inquiry& inquiry) {
  const double base = inquiry.broken == other_base ? 1e6 : 1e4;
  const std::vector<double> theta = rope::frequencies(base, d);
  const std::size_t longest = std::size_t{1} << 20;
  std::vector<double> curve, weight;
  if (inquiry.broken == alibi) // 2/256 per step, so that half of it is ALiBi's 1/256
    for (std::size_t distance = 0; distance < longest; ++distance) curve.push_back(-static_cast<double>(distance) / 128);
  else
    curve = rope::cosine_sums(theta, static_cast<std::int64_t>(longest));
  for (const double c : curve) weight.push_back(std::exp(c / 2));

  double kernels = 0; // sum_i 1/sin(theta_i/2) of the frequencies that are claimed
  for (const double t : rope::frequencies(1e4, d)) kernels += 1 / std::sin(t / 2);
  inquiry.check(golden("mean of C_1 over 8192 <= Delta < 16384", mean(curve, 8192, 16384), "-1.69"));
  for (std::size_t from = longest / 8; from < longest; from *= 2) {
    const std::string at = "[" + std::to_string(from) + ", " + std::to_string(2 * from) + ")";
    inquiry.check(inequality("|mean of C_1| over " + at + " is at most that of its kernels", std::fabs(mean(curve, from, 2 * from)),
                             kernels / static_cast<double>(from), rope::curve_rounding(1e4, d, static_cast<double>(2 * from))));
  }
  struct Mass {
    std::int64_t n;
    std::string_view printed;
  };
  for (const auto& [n, printed] : {Mass{16384, ".006"}, Mass{65536, ".022"}, Mass{1 << 20, ".292"}})
    inquiry.check(golden("F_512(" + std::to_string(n) + ") of exp(C_1/2)", rope::far_mass(weight, window, n), printed));

  // c = 1/2 and 1 are mean pair weights 4 and 8 without the gain of the noise.
  for (const double c : {.5, 1.}) {
    double near = 0;
    for (std::size_t distance = 0; distance < window; ++distance)
      near += inquiry.broken == near_weighs_one ? 1 : std::exp(c * curve[distance]);
    double bound = 0;
    int power = 20;
    for (; power <= 60 && 1 - bound > .01; ++power) {
      const double far = std::exp2(power) - window;
      const double lowest_mean = inquiry.broken == alibi ? -(far / 2 + window) / 128 : -kernels / far;
      bound = 1 - near / (near + far * std::exp(c * lowest_mean));
      if (power == 20 && c == .5)
        inquiry.check(inequality("Jensen's bound at n = 2^20 lies below F_512", bound, rope::far_mass(weight, window, 1 << 20)));
    }
    const std::string of = c == .5 ? "C_1/2" : "C_1";
    inquiry.check(inequality("1 - F_512(n) of exp(" + of + ") falls below .01 for some n <= 2^60", 1 - bound, .01));
    inquiry.row("passes", {{"c", c}, {"log2_n", power - 1}, {"bound", bound}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/horizon",
     .statement =
         "Beyond the base C_1 has mean 0, so that the far mass of exp(c C_1) tends to 1 for every c: no bias of this kind is local for "
         "ever",
     .source = "derived here; ALiBi, the control: arXiv 2108.12409",
     .kind = Kind::bound,
     .broken_by = {"ALiBi, slope 1/256", "base 1e6", "every near distance weighs 1"},
     .ask = ask});

} // namespace
} // namespace assay
