// What is wrong at T survives the ODE and not the SDE.
#include <algorithm>
#include <cmath>
#include <string>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/line.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, exponent_of_ode, no_growth, no_drift_constant, half_prefactor };
constexpr double v0 = 0.25, shift = 0.1, factor = 1.1;

Estimate none_at_all(Estimate) { return {}; }

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  constexpr std::string_view last[] = {"0.500008", "0.00164295"}, total[] = {"0.265634", "0.0757060"};
  for (const int kappa : {0, 1}) {
    const std::string at = kappa == 0 ? ", ODE" : ", SDE";
    const auto rate_of = [&](double k) { // L_s = -k / v_t
      return [=](Estimate t) {
        const Estimate drift = broken == no_drift_constant ? Estimate{} : line::schedule.b(t) / 2;
        const Estimate pull = k * line::h(broken == exponent_of_ode ? 0 : kappa, t) / line::schedule.variance(v0, t);
        return broken == no_growth ? Estimate{} : drift - pull;
      };
    };
    const math::Estimated rate = rate_of(1);
    const auto source = [&](Estimate t) { return shift * line::h(broken == half_prefactor ? 0 : kappa, t); };
    const Estimate kept = score::bound_integral(none_at_all, rate, line::edges(1), {1});
    inquiry.check(golden("I(1)" + at, kept, last[kappa]));
    const Estimate bound = score::bound_integral(source, rate, line::edges(1), {});
    inquiry.check(golden("bound for eps = .1, q_T = p_T" + at, bound, total[kappa]));

    // Data N(1, v0), start N(0, 1), a score off by a factor and a shift, ever longer processes. As v0 < 1, v_0/v_t decreases to v0.
    Check closed = identity("I(T) = its closed form, T = 1/4 ... 3/2" + at, 0, 0, 0);
    Check limit = inequality("I(T) is between its limit and its limit + a_T, T = 1/4 ... 3/2" + at, 0, 0);
    for (double end = 0.25; end <= 1.5; end += 0.125) {
      const Estimate still = score::bound_integral(none_at_all, rate, line::edges(end), {1}),
                     in_closed_form = line::growth_factor(v0, kappa, Estimate{end});
      const double a = line::schedule.mean_factor(end), least = kappa == 0 ? std::sqrt(v0) : 0;
      closed.lhs += std::fabs(still.value - in_closed_form.value);
      closed.slack += still.error + in_closed_form.error;
      limit.lhs += std::max(0.0, least - still.value - still.error) + std::max(0.0, still.value - still.error - least - a);

      const score::Moments p{line::diffused(1, v0, end), 0, 0}, data{line::diffused(1, v0, 0), 0, 0}, q{{{0}, {1}}, 0, 0};
      const line::Model model{[](double t) { return -factor / line::schedule.variance(v0, t); },
                              [](double t) { return factor * line::schedule.mean_factor(t) / line::schedule.variance(v0, t) - shift; }};
      const Estimate w2 = score::w2(data, line::sampled(model, kappa, q.law, end)), terminal = score::w2(p, q);
      const auto error = [&](Estimate t) { // eps^2 under N(m, v)
        const Estimate square = shift * shift + (factor - 1) * (factor - 1) / line::schedule.variance(v0, t);
        return line::h(broken == half_prefactor ? 0 : kappa, t) * sqrt(square);
      };
      const Estimate whole = score::bound_integral(error, rate_of(factor), line::edges(end), terminal),
                     start = score::bound_integral(none_at_all, rate_of(factor), line::edges(end), terminal);
      inquiry.check(inequality("W2(p_0,q_0) <= bound, T = " + std::to_string(end).substr(0, 5) + at, w2, whole));
      inquiry.row("horizon", {{"T", end}, {"kappa", kappa}, {"w2", w2.value}, {"bound", whole.value}, {"offset", start.value}});
    }
    inquiry.check(closed);
    inquiry.check(limit);
    for (double t = 0; t <= 1; t += 1.0 / 128)
      inquiry.row("growth", {{"t", t}, {"kappa", kappa}, {"h_I_eps", shift * line::h(kappa, t) * line::growth_factor(v0, kappa, t)}});
  }

  // N(0,1) data: g^2 I neither increases nor decreases, as v_t = 1 and I = a_t for the SDE.
  constexpr std::string_view unit[] = {"0.10", "1.98", "3.31", "3.82", "3.56", "2.83", "1.95", "1.18", "0.64", "0.31", "0.13"};
  for (int k = 0; k <= 10; ++k) {
    const double end = k / 10.0;
    const auto rate = [&](Estimate t) {
      const Estimate drift = broken == no_drift_constant ? Estimate{} : line::schedule.b(t) / 2;
      return broken == no_growth ? Estimate{} : drift - line::h(broken == exponent_of_ode ? 0 : 1, t);
    };
    const Estimate kept = score::bound_integral(none_at_all, rate, line::edges(end), {1});
    const Estimate prefactor = line::h(broken == half_prefactor ? 0 : 1, Estimate{end});
    inquiry.check(golden("g^2 I of the SDE for N(0,1) data, t = " + std::to_string(end).substr(0, 3), prefactor * kept, unit[k]));
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/sde-forgets",
             .statement = "I(T) tends to the standard deviation of Gaussian data for the ODE and to 0 for the SDE: noise forgets the start",
             .source = "Kwon, Fan and Lee, arXiv 2212.06359; closed forms in the suite's README",
             .kind = Kind::exact,
             .broken_by = {"the exponent of the ODE for the SDE", "I = 1", "L_f is left out of the exponent of I",
                           "the prefactor of the ODE for the SDE"},
             .ask = ask});

} // namespace
} // namespace assay
