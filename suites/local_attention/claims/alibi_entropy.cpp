#include <cmath>
#include <string>
#include <utility>

#include "reference/attention/far_mass.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, exponential_law, natural_window };

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  constexpr double u = numerics::u64;
  const auto entropy = [broken](double slope) { return broken == exponential_law ? 1 - std::log(slope) : attention::alibi_entropy(slope); };
  struct Slope {
    double value;
    std::string_view name, entropy, window; // as printed
  };
  for (const Slope& slope :
       {Slope{.5, "1/2", "1.703499", "5.5"}, Slope{1. / 16, "1/16", "3.772751", "43.5"}, Slope{1. / 256, "1/256", "6.545178", "695.9"}}) {
    const std::string at = ", slope " + std::string(slope.name);
    const double h = entropy(slope.value), rounding = 8 * u * (2 + h);
    // 2^14 distances leave out e^-64 of the mass at slope 1/256, and less at the others: -x ln x with ln x up to 70.
    const math::Estimate sum = attention::bias_rows(attention::alibi(slope.value), 1 << 14, {1 << 14}).front().entropy;
    inquiry.check(identity("entropy as a sum over distances" + at, sum.value, h, sum.error + rounding + 70 * std::exp(-64)));
    inquiry.check(golden("entropy" + at, h, slope.entropy, rounding));
    inquiry.check(golden("effective window e^H" + at, broken == natural_window ? 1 / slope.value : std::exp(h), slope.window,
                         rounding * std::exp(h)));
    // Next terms: 1 - ln slope + slope^2 / 24 - slope^4 / 960 + ..., of alternating sign.
    const double beyond = sum.value - (1 - std::log(slope.value)), next = slope.value * slope.value / 24;
    inquiry.check(identity("entropy beyond 1 - ln slope, over slope^2 / 24" + at, beyond / next, broken == exponential_law ? 0 : 1,
                           slope.value * slope.value / 40 + (sum.error + rounding) / next));
  }
  for (const double w : {16.0, 512.0, 4096.0}) {
    const double slope = (broken == natural_window ? 1 : std::exp(1)) / w;
    inquiry.check(identity("e^H at slope e / w is w, up to slope^2 / 24, w = " + std::to_string(static_cast<int>(w)),
                           std::exp(attention::alibi_entropy(slope)) / w, 1, std::expm1(slope * slope / 24) + 32 * u));
  }
  // What is subtracted from the scores by a window of 8 keys, and by the slope that sees as much.
  for (int t = 0; t < 32; ++t)
    inquiry.row("subtracted", {{"distance", t}, {"window", t < 8 ? 0 : INFINITY}, {"alibi", std::exp(1) / 8 * t}});
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/alibi-entropy",
     .statement =
         "A row of equal contents has entropy slope / (e^slope - 1) - ln(1 - e^-slope) = 1 - ln slope + O(slope^2) under ALiBi, so that "
         "it sees e / slope tokens: slope e / w is the smooth form of a window of w.",
     .source = "entropy of a geometric law; ALiBi: arXiv 2108.12409",
     .kind = Kind::exact,
     .broken_by = {"1 - ln slope, the entropy of the continuous exponential law", "a window of 1 / slope"},
     .ask = ask});

} // namespace
} // namespace assay
