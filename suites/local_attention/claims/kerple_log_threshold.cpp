#include <cmath>
#include <numbers>
#include <string>

#include "reference/attention/far_mass.hpp"
#include "reference/math/polygamma.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, exponents_swapped };

void ask(Inquiry& inquiry) {
  constexpr std::int64_t window = 512, n = std::int64_t{1} << 20;
  const bool swapped = inquiry.broken == exponents_swapped; // r1 = 1 where more is meant, and 2 in place of 1
  const auto far_limit = [swapped](int r1) {
    return swapped ? attention::kerple_log_far_harmonic(window, n) : attention::kerple_log_far_limit(r1, window);
  };
  const auto far_harmonic = [swapped](std::int64_t length) {
    return swapped ? attention::kerple_log_far_limit(2, window) : attention::kerple_log_far_harmonic(window, length);
  };
  const double rounding = 4 * math::polygamma_error;

  inquiry.check(golden("far mass beyond 512 for r1 = 2, n -> infinity", far_limit(2), "0.001186199", rounding));
  inquiry.check(golden("far mass beyond 512 for r1 = 1, n = 2^20", far_harmonic(n), "0.528", rounding));
  const math::Estimate sum = attention::bias_rows(attention::kerple_log(1, 1), window, {n}).front().far;
  inquiry.check(identity("r1 = 1, n = 2^20: 1 - H_W / H_n as a sum", sum.value, far_harmonic(n), sum.error + rounding));
  double harmonic = 0; // H_W
  for (int k = 1; k <= window; ++k) harmonic += 1.0 / k;
  for (const int log2_n : {20, 40, 60}) // H_n > ln n, which has no limit
    inquiry.check(inequality("r1 = 1, n = 2^" + std::to_string(log2_n) + ": near mass below H_W / ln n",
                             1 - far_harmonic(std::int64_t{1} << log2_n), harmonic / (log2_n * std::numbers::ln2), rounding));
  for (const int r1 : {2, 3, 4}) {
    // The sum up to n and the rest, int (1 + x)^-r1 dx from n - 1/2 up to a convexity error below n^-(r1 + 1) r1 / 24.
    const math::Estimate part = attention::bias_rows(attention::kerple_log(r1, 1), window, {n}).front().far;
    const double rest = std::pow(static_cast<double>(n) + .5, 1 - r1) / (r1 - 1) / math::zeta(r1);
    inquiry.check(identity("r1 = " + std::to_string(r1) + ": |psi^(r1-1)(W + 1)| / ((r1 - 1)! zeta(r1)) as a sum",
                           part.value * (1 - rest) + rest, far_limit(r1),
                           part.error + rounding * part.value + std::pow(static_cast<double>(n), -r1 - 1) * r1));
  }
}

ASSAY_CLAIM({.id = "claim/local_attention/kerple-log-threshold",
             .statement =
                 "KERPLE's logarithmic bias is local for r1 > 1, where the mass beyond W tends to a Hurwitz zeta tail, and not for r1 = 1, "
                 "where it tends to 1 like 1 - H_W / H_n.",
             .source = "KERPLE: arXiv 2205.09921; the threshold is derived in suites/local_attention/README.md",
             .kind = Kind::exact,
             .broken_by = {"r1 = 1 and r1 = 2 change places"},
             .ask = ask});

} // namespace
} // namespace assay
