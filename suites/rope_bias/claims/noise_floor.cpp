// Above the log law C_1 ripples. Frequencies that turn by more than pi between neighbours, k0 = (1/h) ln(Delta h/pi) of them, are not
// resolved by any smooth law; as if their phases were independent, each adds variance 1/2.
#include <cmath>
#include <numbers>
#include <string>

#include "reference/rope/curve.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, whole_variance, other_base };

struct Window {
  int d, from;
  std::string_view predicted, measured; // published; empty: none, or not with the last digit (README)
};
constexpr Window windows[] = {
    {64, 32, "1.59", ""}, {64, 256, "2.48", ""}, {64, 1024, "2.93", ""}, {64, 8192, "3.49", "3.44"}, {1024, 2048, "8.90", "8.77"}};

void ask(Inquiry& inquiry) {
  for (const Window& window : windows) {
    constexpr double base = 1e4;
    const double h = rope::log_step(base, window.d), from = window.from;
    const std::vector<double> theta = rope::frequencies(base, window.d);
    double about_closed = 0, about_integral = 0;
    for (int distance = window.from; distance < 2 * window.from; ++distance) {
      const rope::Closed closed = rope::cosine_closed(inquiry.broken == other_base ? 10 * base : base, window.d, distance);
      const double exact = rope::cosine_sum(theta, distance);
      about_closed += std::pow(exact - closed.value(), 2) / from;
      about_integral += std::pow(exact - closed.integral, 2) / from;
    }
    // The mean of ln Delta over [M, 2M) is ln(4 M/e).
    const double k0 = std::log(4 * from / std::numbers::e * h / std::numbers::pi) / h;
    const double predicted = std::sqrt(inquiry.broken == whole_variance ? k0 : k0 / 2);
    const std::string at = ", d = " + std::to_string(window.d) + ", Delta from " + std::to_string(window.from) + " to twice that";
    inquiry.check(
        identity("rms of C_1 less its closed form, over sqrt(k0/2), is 1 within .15" + at, std::sqrt(about_closed) / predicted, 1, .15));
    inquiry.check(golden("sqrt(k0/2)" + at, predicted, window.predicted));
    if (!window.measured.empty())
      inquiry.check(golden("rms of C_1 less the integral of its closed form" + at, std::sqrt(about_integral), window.measured));
    inquiry.row("ripple", {{"d", window.d},
                           {"from", from},
                           {"about_closed", std::sqrt(about_closed)},
                           {"about_integral", std::sqrt(about_integral)},
                           {"predicted", predicted}});
  }
}

ASSAY_CLAIM({.id = "claim/rope_bias/noise-floor",
             .statement = "C_1 ripples about its closed form by sqrt(k0/2), k0 the number of unresolved frequencies, within 15 %",
             .source = "our own observation",
             .kind = Kind::observed,
             .broken_by = {"variance 1 for each unresolved frequency", "closed form of ten times the base"},
             .ask = ask});

} // namespace
} // namespace assay
