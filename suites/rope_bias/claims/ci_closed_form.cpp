#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "reference/math/cosine_integral.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, no_ends, no_gamma, other_base };

struct Setting {
  double base;
  int d;
  std::string_view name;
};
constexpr Setting settings[] = {
    {1e4, 64, "base 1e4, d = 64"}, {1e4, 128, "base 1e4, d = 128"}, {5e5, 128, "base 5e5, d = 128"}, {1e4, 1024, "base 1e4, d = 1024"}};

// Integers from 1 to 2e5, log-spaced, each once.
std::vector<double> distances(int count) {
  std::vector<double> list;
  for (int k = 0; k < count; ++k) {
    const double next = std::round(std::pow(2e5, k / (count - 1.0)));
    if (list.empty() || next > list.back()) list.push_back(next);
  }
  return list;
}

void figure(Inquiry& inquiry) {
  for (const double base : {1e4, 5e5}) {
    constexpr int d = 64;
    const double h = rope::log_step(base, d);
    const std::vector<double> theta = rope::frequencies(base, d);
    for (const double distance : distances(260))
      inquiry.row("curve", {{"base", base},
                            {"distance", distance},
                            {"exact", rope::cosine_sum(theta, distance)},
                            {"closed", rope::cosine_closed(base, d, distance).value()},
                            {"log_law", (std::log(base / distance) - std::numbers::egamma) / h},
                            {"ripple", std::sqrt(std::max(0., std::log(distance * h / std::numbers::pi) / h / 2))}});
  }
}

void ask(Inquiry& inquiry) {
  Check forms = identity("Ci and Si by auxiliary functions and by definition, 1/8 <= x <= 512", 0, 0, 0);
  for (double x = .125; x <= 512; x *= 2) {
    const math::CosineSine one = math::cosine_sine_by_auxiliary(x), two = math::cosine_sine_by_definition(x);
    const double ci = two.ci.value - (inquiry.broken == no_gamma ? std::numbers::egamma : 0);
    forms.lhs += std::fabs(one.ci.value - ci) + std::fabs(one.si.value - two.si.value);
    forms.slack += one.ci.error + two.ci.error + one.si.error + two.si.error;
    if (x == 512) inquiry.check(golden("Ci(512)", ci, "1.59110904e-4", two.ci.error));
  }
  inquiry.check(forms);

  for (const Setting& setting : settings) {
    const double base = inquiry.broken == other_base ? setting.base / 10 : setting.base;
    const std::vector<double> theta = rope::frequencies(setting.base, setting.d);
    double cosine = 0, sine = 0; // largest |error| over its bound
    for (const double distance : distances(170)) {
      rope::Closed c = rope::cosine_closed(base, setting.d, distance), s = rope::sine_closed(base, setting.d, distance);
      if (inquiry.broken == no_ends) c.ends = s.ends = 0;
      // The sum, and Ci or Si times 1/h to the accuracy that its header states.
      const double rounding = rope::curve_rounding(setting.base, setting.d, distance) + 4e-15 * 14 / rope::log_step(base, setting.d);
      const double c_bound = rope::cosine_closed_bound(base, setting.d, distance),
                   s_bound = rope::sine_closed_bound(base, setting.d, distance);
      cosine = std::max(cosine, std::fabs(rope::cosine_sum(theta, distance) - c.value()) / (c_bound + rounding));
      sine = std::max(sine, std::fabs(rope::sine_sum(theta, distance) - s.value()) / (s_bound + rounding));
    }
    inquiry.check(inequality("C_1 less its closed form: largest error over its bound, " + std::string(setting.name), cosine, 1));
    inquiry.check(inequality("S_1 less its closed form: largest error over its bound, " + std::string(setting.name), sine, 1));
  }
  const double base = inquiry.broken == other_base ? 1e3 : 1e4,
               ends = inquiry.broken == no_ends ? 0 : rope::cosine_closed(base, 1024, 4).ends;
  inquiry.check(golden("what the halves of the ends take away at d = 1024, Delta = 4", -ends, "0.83"));
  inquiry.check(golden("bound there", rope::cosine_closed_bound(base, 1024, 4), "0.027"));
  if (inquiry.broken == none) figure(inquiry);
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/ci-closed-form",
     .statement = "C_1(Delta) = (1/h)[Ci(Delta) - Ci(Delta/base)] + (1/2)[cos Delta - cos(Delta/base)] within a bound by total variation, "
                  "and S_1 likewise with Si and sin",
     .source = "derived in reference/rope/curve.hpp",
     .kind = Kind::bound,
     .broken_by = {"halves of the ends left out", "Euler's constant left out of Ci", "a tenth of the base"},
     .ask = ask});

} // namespace
} // namespace assay
