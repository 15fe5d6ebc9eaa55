#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "reference/attention/far_mass.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, negated };

constexpr int dim = 64;
constexpr double u = numerics::u64;

void ask(Inquiry& inquiry) {
  const double sign = inquiry.broken == negated ? -1 : 1;
  constexpr std::string_view published[] = {"23.57", "21.02", "18.49", "16.33", "13.53", "11.52", "8.80", "6.50", "4.17", "1.48", "0.01"};
  double before = 0, rise = -1e300, slack = 0;
  for (int k = 2; k <= 12; ++k) {
    const int from = 1 << k;
    double mean = 0;
    for (int t = from; t < 2 * from; ++t) mean += sign * attention::sandwich_curve(dim, t) / from;
    // Of every term as far_mass.hpp has it, at most 2^(k+1) of them away; and the mean of numbers below dim / 2.
    const double rounding = u * (attention::sandwich_drift(dim) * 2 * from + dim * (dim + 4.0) / 4 + growth(from) * dim / 2);
    inquiry.check(golden("mean over 2^" + std::to_string(k) + " ... 2^" + std::to_string(k + 1), mean, published[k - 2], rounding));
    if (k > 2) rise = std::max(rise, mean - before);
    slack = std::max(slack, 2 * rounding);
    before = mean;
    inquiry.row("means", {{"from", from}, {"mean", mean}});
  }
  inquiry.check(inequality("largest step from one mean to the next", rise, 0, slack));

  // The sum over frequencies as an integral over their logarithm: (d / 2) (1 - (ln t + gamma) / ln 10000) for 1 << t << 10000.
  for (int step = 0; step <= 448; ++step) {
    const double t = std::floor(std::exp2(step / 32.0));
    inquiry.row("curve", {{"distance", t},
                          {"curve", attention::sandwich_curve(dim, t)},
                          {"law", dim / 2.0 * (1 - (std::log(t) + std::numbers::egamma) / std::log(10000))}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/sandwich-decreases",
     .statement =
         "The product of sinusoidal positions, sum of cos(t theta_i), decreases with distance t on average: its means over [2^k, 2^(k+1)) "
         "fall from k = 2 to 12.",
     .source = "Sandwich: arXiv 2212.10356; kexue.fm/archives/9431 says that it increases",
     .kind = Kind::exact,
     .broken_by = {"the curve negated"},
     .ask = ask});

} // namespace
} // namespace assay
