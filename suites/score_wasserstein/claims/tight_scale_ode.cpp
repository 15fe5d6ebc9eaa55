// A score that is off by a factor: the other family that attains the bound, of the ODE alone.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/line.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, alternating, whole_prefactor, lipschitz_of_data, wrong_sign };
constexpr double v0 = 0.25, end = 1;

struct Scale {
  double level, swing;            // s = -k x, k v_t = level + swing sin(12 t)
  std::string_view ode, ratio[2]; // published: W2 of the ODE; W2 over bound, ODE and SDE
};
constexpr Scale scales[] = {{1.2, 0, "0.340669", {"1", "0.542"}}, {0.8, 0, "1.069064", {"1", "0.451"}}, {1, 0.3, "", {"0.157", "0.350"}}};

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  std::vector<double> edges = line::edges(end); // and where sin(12 t) has a root: |k v - 1| has a kink there
  for (int root = 1; root < 4; ++root) edges.push_back(root * std::numbers::pi / 12);
  std::sort(edges.begin(), edges.end());
  const score::Moments data{line::diffused(0, v0, 0), 0, 0};
  for (const Scale& scale : scales)
    for (const int kappa : {0, 1}) {
      const auto off = [&](auto t) { // k v - 1
        using std::sin, std::cos;
        const auto form = scale.level - 1 + scale.swing * sin(12 * t);
        return broken == alternating ? form * cos(20 * t) : form;
      };
      const auto k = [&](auto t) { return (1 + off(t)) / line::schedule.variance(v0, t); };
      const line::Model model{[&](double t) { return -k(t); }, [](double) { return 0.0; }};
      const score::Moments sampled = line::sampled(model, kappa, line::diffused(0, v0, end), end, broken == wrong_sign ? -1 : 1);
      const Estimate w2 = score::w2(data, sampled);

      // E|k x - x/v|^2 under N(0, v) is (k v - 1)^2 / v.
      const auto source = [&](Estimate t) {
        const Estimate h = line::h(broken == whole_prefactor ? 2 * kappa + 1 : kappa, t);
        return h * fabs(off(t)) / sqrt(line::schedule.variance(v0, t));
      };
      const auto rate = [&](Estimate t) {
        const Estimate slope = broken == lipschitz_of_data ? -1 / line::schedule.variance(v0, t) : -k(t);
        return line::schedule.b(t) / 2 + line::h(kappa, t) * slope;
      };
      const Estimate bound = score::bound_integral(source, rate, edges, {});

      const std::string at = ", k v = " + std::to_string(scale.level).substr(0, 3) + (scale.swing > 0 ? " + .3 sin(12 t)" : "") +
                             (kappa == 0 ? ", ODE" : ", SDE");
      if (kappa == 0 && scale.swing == 0) {
        inquiry.check(identity("W2(p_0,q_0) = bound" + at, w2, bound));
        inquiry.check(golden("W2(p_0,q_0)" + at, w2, scale.ode));
      } else {
        inquiry.check(inequality("W2(p_0,q_0) <= bound" + at, w2, bound));
        inquiry.check(golden("W2 over bound" + at, w2 / bound, scale.ratio[kappa]));
      }
      inquiry.row("w2", {{"level", scale.level}, {"swing", scale.swing}, {"kappa", kappa}, {"w2", w2.value}, {"bound", bound.value}});
    }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/tight-scale-ode",
             .statement = "For centred Gaussian data and a score off by a factor that stays on one side of 1, W2(p_0,q_0) equals its bound "
                          "for the ODE, and is strictly below for the SDE",
             .source = "equality case derived in the suite's README",
             .kind = Kind::exact,
             .broken_by = {"the factor swings about 1", "twice the prefactor of eps",
                           "L_s is that of the data's score in place of the model's", "the sampler takes the score with the wrong sign"},
             .ask = ask});

} // namespace
} // namespace assay
