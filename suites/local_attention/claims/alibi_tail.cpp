#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, one_sided };

constexpr double u = numerics::u64;

// Mass of the distances window ... n - 1 for contents sigma(t).
template <class Content> double far_mass(double slope, int window, int n, Content sigma) {
  double near = 0, far = 0;
  for (int t = 0; t < n; ++t) (t < window ? near : far) += std::exp(sigma(t) - slope * t);
  return far / (near + far);
}

void ask(Inquiry& inquiry) {
  constexpr int n = 4096;
  const double sides = inquiry.broken == one_sided ? 1 : 2;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.alibi-tail");
  std::vector<double> draw(n);
  for (const int inverse : {4, 16, 64, 256})
    for (const double content : {.5, 1.5}) {
      const double slope = 1.0 / inverse;
      const auto bound = [&](int window) {
        return std::exp(sides * content) * (std::exp(-slope * window) - std::exp(-slope * n)) / -std::expm1(-slope * n);
      };
      const auto adversarial = [content](int window) { return [=](int t) { return t < window ? -content : content; }; };
      // The logarithm of a mass: contents and slopes round by 2 u of their size, twice, and sums by growth(n) u each.
      const auto rounding = [&](int window) { return u * (2 * growth(n) + 4 * (content + slope * (window + 2 / slope)) + 16); };
      double worst = -1e300, slack = 0;
      for (const int window : {8, 32, 128, 512}) {
        if (slope * window > 32) continue; // e^-32: nothing is left to compare
        std::vector<double> masses = {far_mass(slope, window, n, adversarial(window))};
        for (std::uint32_t stream = 0; stream < 4; ++stream) {
          fill_uniform(key, stream, draw);
          masses.push_back(far_mass(slope, window, n, [&](int t) { return content * (2 * draw[static_cast<std::size_t>(t)] - 1); }));
        }
        for (const double mass : masses) worst = std::max(worst, std::log(mass / bound(window)));
        slack = std::max(slack, rounding(window));
      }
      const std::string at = ", slope 1/" + std::to_string(inverse) + (content < 1 ? ", S = .5" : ", S = 1.5");
      inquiry.check(inequality("ln of the far mass over its bound" + at, worst, 0, slack));

      constexpr double rest = .01; // the window beyond which at most this mass lies
      const int window = static_cast<int>(std::ceil((sides * content - std::log(rest)) / slope));
      inquiry.check(inequality("mass beyond (2 S + ln 100) / slope" + at, far_mass(slope, window, n, adversarial(window)), rest,
                               rest * rounding(window)));
    }
  inquiry.check(golden("bound for S = 1.5, slope 1/16, W = 128, n = 4096",
                       std::exp(sides * 1.5) * (std::exp(-8.0) - std::exp(-256.0)) / -std::expm1(-256.0), "6.7e-3", 1e-15));
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/alibi-tail",
     .statement =
         "With contents in [-S, S] ALiBi leaves at most e^2S (e^-slope W - e^-slope n) / (1 - e^-slope n) of a row beyond distance W: "
         "a window of (2 S + ln 1/eps) / slope up to eps, for every n.",
     .source = "ALiBi: arXiv 2108.12409; the bound is derived in suites/local_attention/README.md",
     .kind = Kind::bound,
     .broken_by = {"e^S in place of e^2S, against contents of -S near and +S far"},
     .ask = ask});

} // namespace
} // namespace assay
