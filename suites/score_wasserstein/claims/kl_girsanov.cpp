// Relative entropy in place of W2: what Girsanov's theorem gives for the SDE, and not for the ODE.
#include <cmath>
#include <string>

#include "reference/score/girsanov.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/line.hpp"

namespace assay {
namespace {

enum Broken { none, of_ode, no_terminal, quarter, data_without_noise };
constexpr double v0 = 0.25, end = 1;

struct Case {
  std::string_view name;
  double shift, factor; // s = -factor x / v_t - shift
  double start;         // mean of q_T
};
constexpr Case list[] = {{"shift .1", 0.1, 1, 0}, {"factor 1.2", 0, 1.2, 0}, {"factor .8", 0, 0.8, 0}, {"start off by 1", 0, 1, 1}};

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  for (const Case& one : list) {
    const math::Gaussian p = line::diffused(0, v0, end), q{{one.start}, p.covariance};
    const line::Model model{[&](double t) { return -one.factor / line::schedule.variance(v0, t); }, [&](double) { return -one.shift; }};
    const auto sampled = [&](double kappa) { return line::sampled(model, kappa, q, end); };
    const score::Moments sde = sampled(broken == of_ode ? 0 : 1);
    const auto kl_of = [&](const score::Moments& end_law) {
      const double v = end_law.law.covariance[0], m = end_law.law.mean[0];
      // |dKL/dm| = |m| / v and |dKL/dv| = |1/v - (v0 + m^2) / v^2| / 2.
      const double error = std::fabs(m) / v * end_law.mean_error + std::fabs(1 / v - (v0 + m * m) / (v * v)) / 2 * end_law.covariance_error;
      return math::Estimate{score::gaussian_kl(0, v0, m, v), error};
    };
    const math::Estimate kl = kl_of(sde);
    const double terminal = broken == no_terminal ? 0 : score::gaussian_kl(p.mean[0], p.covariance[0], q.mean[0], q.covariance[0]);
    // eps^2 under N(0, v): shift^2 + (factor - 1)^2 / v.
    const auto rate = [&](double t) {
      const double square = one.shift * one.shift + (one.factor - 1) * (one.factor - 1) / line::schedule.variance(v0, t);
      return line::schedule.b(t) * square / (broken == quarter ? 64 : 1);
    };
    const math::Estimate bound = score::girsanov_bound(rate, line::edges(end), terminal);
    const std::string at = ", " + std::string(one.name);
    inquiry.check(inequality("KL(p_0|q_0) <= KL(p_T|q_T) + 1/2 int g^2 eps^2" + at, kl.value + kl.error, bound.value - bound.error));
    inquiry.row("kl", {{"shift", one.shift}, {"factor", one.factor}, {"kl", kl.value}, {"bound", bound.value}});
    if (one.shift == 0) continue;

    const math::Estimate w2 = score::w2({line::diffused(0, v0, 0), 0, 0}, sde);
    const double through_kl = score::talagrand(broken == data_without_noise ? v0 / 16 : sde.law.covariance[0], bound.value);
    const math::Estimate theorem = score::bound_integral(
        [&](double t) { return one.shift * line::h(1, t); },
        [&](double t) { return line::schedule.b(t) / 2 - line::h(1, t) / line::schedule.variance(v0, t); }, line::edges(end), {0, 0});
    inquiry.check(golden("KL(p_0|q_0)" + at, kl.value, "0.011463", kl.error));
    inquiry.check(golden("1/2 int g^2 eps^2" + at, bound.value, "0.05025", bound.error));
    inquiry.check(golden("bound of W2 through Talagrand's inequality" + at, through_kl, "0.15851", bound.error));
    inquiry.check(inequality("W2(p_0,q_0) <= that" + at, w2.value + w2.error, through_kl));
    inquiry.check(inequality("the bound of W2 by coupling is the smaller one" + at, theorem.value + theorem.error, through_kl));
    // The ODE has no noise to hide a shift in.
    const math::Estimate of_flow = kl_of(sampled(broken == of_ode ? 1 : 0));
    inquiry.check(golden("KL(p_0|q_0) of the ODE" + at, of_flow.value, "0.14112", of_flow.error));
    inquiry.check(inequality("the ODE's KL is above 1/2 int g^2 eps^2" + at, bound.value + bound.error, of_flow.value - of_flow.error));
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/kl-girsanov",
             .statement = "KL(p_0|q_0) <= KL(p_T|q_T) + 1/2 int g^2 eps^2 dt for the SDE; the same right side fails for the ODE",
             .source = "Song et al., arXiv 2101.09258; Talagrand (1996)",
             .kind = Kind::bound,
             .broken_by = {"the ODE in place of the SDE", "KL(p_T|q_T) is left out", "an eighth of eps",
                           "a sixteenth of the variance in Talagrand's inequality"},
             .ask = ask});

} // namespace
} // namespace assay
