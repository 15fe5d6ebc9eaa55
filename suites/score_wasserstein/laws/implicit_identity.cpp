// Law: implicit = explicit / 2 - E |t|^2 / 2 (integration by parts, which needs that p s vanishes at the boundary). On the circle there is
// no boundary: p = (1 + a cos x) / (2 pi), s = c sin(x + 1), and points at equal steps of its distribution function, where the rectangle
// rule is exact up to exp(-0.45 n): p, as a function of the fraction below, is analytic in a strip of half width 0.0718 for a = 1/2.
#include <cmath>
#include <numbers>
#include <vector>

#include "reference/score/score_loss.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using score::Matching;

void ask(Inquiry& inquiry, const Apply<ScoreLoss>& apply) {
  constexpr int n = 256;
  constexpr double a = 0.5, c = 0.75;
  std::vector<double> s(n), t(n);
  std::vector<float> divergence(n);
  double fisher = 0, slack = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double below = (static_cast<double>(i) + 0.5) / n;
    double x = 2 * std::numbers::pi * below;
    for (int step = 0; step < 60; ++step) x -= (x + a * std::sin(x) - 2 * std::numbers::pi * below) / (1 + a * std::cos(x));
    s[i] = c * std::sin(x + 1), t[i] = -a * std::sin(x) / (1 + a * std::cos(x));
    divergence[i] = static_cast<float>(c * std::cos(x + 1));
    if (inquiry.broken == 1) s[i] = below, t[i] = 0, divergence[i] = 1; // uniform on [0, 1]
    fisher += t[i] * t[i] / n;
    // What rounding to storage does to the three terms, and that of the divergence to fp32.
    const double u = inquiry.numerics.store, move = u * (std::fabs(s[i]) + std::fabs(t[i]));
    slack += ((std::fabs(s[i] - t[i]) + move / 2) * move + (1 + u / 2) * u * s[i] * s[i] + numerics::u32 + 16 * numerics::u64) / n;
  }
  float losses[2] = {};
  for (const bool implicit : {false, true}) {
    const ScoreLoss::Problem p{.kind = implicit ? Matching::implicit : Matching::exact, .levels = 1, .points = n, .dim = 1};
    ScoreLoss::Args<> args{s.data(), implicit ? nullptr : t.data(),          nullptr,
                           nullptr,  implicit ? divergence.data() : nullptr, &losses[implicit]};
    apply(p, args);
    slack += ScoreLoss::truth(p, args, inquiry.numerics, {})[0].bound[0];
  }
  const double half = inquiry.broken == 2 ? 1 : 0.5;
  inquiry.check(identity("implicit loss, and half of explicit less E |t|^2", static_cast<double>(losses[1]),
                         half * (static_cast<double>(losses[0]) - fisher), slack));
}

} // namespace

ASSAY_LAW(Law<ScoreLoss>{.name = "implicit-identity",
                         .statement = "the implicit loss is half of the explicit one less E |t|^2",
                         .broken_by = {"p s does not vanish at the boundary", "without the half"},
                         .ask = ask});

} // namespace assay
