// The loss without the data's score: integration by parts, and its boundary term.
#include <string>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/forms.hpp"

namespace assay {
namespace {

enum Broken { none, law_with_edges, no_half, no_divergence };

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double rounding = 1e2 * numerics::u64, half = broken == no_half ? 1 : 0.5;
  const auto loss_at = [&](double s, double slope) { return half * s * s + (broken == no_divergence ? 0 : slope); };
  const forms::Model model{0.3};
  const math::Estimate uniform = math::gauss_kronrod([&](double x) { return loss_at(x, 1); }, 0, 1);
  const math::Estimate explicit_uniform = math::gauss_kronrod([](double x) { return x * x; }, 0, 1);

  // s = x under the uniform law of [0, 1], whose score is 0: p s is 1 at the right end.
  const bool edges = broken == law_with_edges;
  const math::Estimate implicit = edges ? uniform : forms::mean([&](double x) { return loss_at(model.at(x), model.slope(x)); });
  const math::Estimate plain = edges ? explicit_uniform : forms::explicit_loss(model), fisher = edges ? math::Estimate{} : forms::fisher();
  const double right = half * (plain.value - fisher.value), errors = implicit.error + half * (plain.error + fisher.error) + rounding;
  inquiry.check(identity("E[s^2/2 + s'] = (explicit loss - E|score|^2) / 2", implicit.value, right, errors));
  inquiry.check(golden("E[s^2/2 + s']", implicit.value, "-0.575607200936", implicit.error + rounding));
  inquiry.check(golden("(explicit loss - E|score|^2) / 2", right, "-0.575607200936", errors));

  const std::string at = ", uniform on [0,1], s = x";
  inquiry.check(golden("E[s^2/2 + s']" + at, uniform.value, "1.1667", uniform.error + rounding));
  inquiry.check(golden("(explicit loss - E|score|^2) / 2" + at, half * explicit_uniform.value, "0.1667", explicit_uniform.error));
  inquiry.check(identity("their difference is p s between the ends" + at, uniform.value - half * explicit_uniform.value, 1,
                         uniform.error + explicit_uniform.error + rounding));
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/ism-identity",
     .statement = "E[|s|^2/2 + div s] = (explicit loss - E|score|^2) / 2 where p s vanishes at the boundary, and is off by the boundary "
                  "term elsewhere",
     .source = "Hyvarinen (2005)",
     .kind = Kind::exact,
     .broken_by = {"a law with edges, uniform on [0,1]", "1 in place of 1/2 on both sides", "the divergence is left out"},
     .ask = ask});

} // namespace
} // namespace assay
