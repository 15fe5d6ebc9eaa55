// Two readings of "the decay is logarithmic": the mean over a period of ln Delta, for which the law has a proven remainder, and the slope
// that a fit over integer distances finds, whose digits were published.
#include <cmath>
#include <string>

#include "reference/math/quadrature.hpp"
#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, other_base, whole_slope };

struct Setting {
  double base;
  int d;
  double end; // of the fit: base/10, or where the sums become long
  std::string_view name, measured, theory;
};
constexpr Setting settings[] = {{1e4, 64, 1000, "base 1e4, d = 64", "-3.4731", "-3.4744"},
                                {1e4, 128, 1000, "base 1e4, d = 128", "-6.923", "-6.949"},
                                {5e5, 128, 20000, "base 5e5, d = 128", "-4.867", "-4.877"},
                                {1e4, 1024, 1000, "base 1e4, d = 1024", "-55.22", "-55.59"}};

// Means of C_1 and of ln Delta over the integers between 40 edges, log-spaced from 4 to `end` and rounded down.
double fitted_slope(const std::vector<double>& theta, double end) {
  std::vector<double> x, y;
  const auto edge = [&](int k) { return std::floor(4 * std::pow(end / 4, k / 39.0) * (1 + 1e-12)); };
  for (int k = 0; k < 39; ++k) {
    double log = 0, sum = 0;
    const double from = edge(k), to = edge(k + 1);
    for (double distance = from; distance < to; ++distance) {
      log += std::log(distance);
      sum += rope::cosine_sum(theta, distance);
    }
    if (from == to) continue;
    x.push_back(log / (to - from));
    y.push_back(sum / (to - from));
  }
  return least_squares_slope(x, y);
}

void ask(Inquiry& inquiry) {
  for (const Setting& setting : settings) {
    const std::string at = ", " + std::string(setting.name);
    const double base = inquiry.broken == other_base ? 10 * setting.base : setting.base;
    const double h = rope::log_step(base, setting.d), slope = -(inquiry.broken == whole_slope ? 2 : 1) / h;
    const std::vector<double> theta = rope::frequencies(setting.base, setting.d);
    // Values near d/2 with the rounding of C_1, over a spread of ln Delta that is above one.
    const double rounding = 2 * rope::curve_rounding(setting.base, setting.d, setting.end);
    const double fit = fitted_slope(rope::frequencies(base, setting.d), setting.end);
    inquiry.check(golden("slope of C_1 in ln Delta, fitted over bins" + at, fit, setting.measured, rounding));
    inquiry.check(golden("slope -d/(2 ln base)" + at, slope, setting.theory));
    inquiry.row("slope", {{"base", base}, {"d", setting.d}, {"fitted", fit}, {"theory", slope}});

    constexpr double from = 30;
    const double true_h = rope::log_step(setting.base, setting.d), end = from * std::exp(true_h);
    const int panels = static_cast<int>(end - from) / 4 + 1; // each less than a turn of the fastest cosine
    std::vector<double> edges;
    for (int k = 0; k <= panels; ++k) edges.push_back(std::log(from) + true_h * k / panels);
    const math::Estimate mean = math::integrate([&](double v) { return rope::cosine_sum(theta, std::exp(v)); }, edges);
    inquiry.check(identity("mean of C_1 over a period of ln Delta = (1/h)[Ci]" + at, mean.value / true_h,
                           rope::log_period_mean(base, setting.d, from),
                           // Delta = e^v rounds as well; then the sums of panels and Ci, below d/2.
                           mean.error / true_h + 2 * rope::curve_rounding(setting.base, setting.d, end) + 64 * numerics::u64 * setting.d));

    const double periods = std::floor(std::log(setting.base / 10 / from) / true_h), last = from * std::exp(periods * true_h);
    const double drop = rope::log_period_mean(setting.base, setting.d, last) - rope::log_period_mean(setting.base, setting.d, from);
    const double remainder =
        rope::log_law_remainder(setting.base, setting.d, from) + rope::log_law_remainder(setting.base, setting.d, last);
    inquiry.check(identity("slope of these means from 30 to base/10, within the remainder of the law" + at, drop / (periods * true_h),
                           slope, remainder / (periods * true_h)));
  }
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/log-slope",
     .statement = "Well below the base C_1 falls by d/(2 ln base) for every unit of ln Delta: its means over a period do so up to a "
                  "proven remainder, and so do fits",
     .source = "derived in reference/rope/curve.hpp",
     .kind = Kind::rate,
     .broken_by = {"ten times the base", "d/ln base in place of d/(2 ln base)"},
     .ask = ask});

} // namespace
} // namespace assay
