// The loss without the data's score: integration by parts, and its boundary term.
#include <string>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/forms.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, law_with_edges, no_half, no_divergence };

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double half = broken == no_half ? 1 : 0.5;
  const auto loss_at = [&](Estimate s, Estimate slope) { return half * s * s + (broken == no_divergence ? Estimate{} : slope); };
  const forms::Model model{0.3};
  const Estimate uniform = math::gauss_kronrod([&](Estimate x) { return loss_at(x, {1}); }, 0, 1);
  const Estimate explicit_uniform = math::gauss_kronrod([](Estimate x) { return x * x; }, 0, 1);

  // s = x under the uniform law of [0, 1], whose score is 0: p s is 1 at the right end.
  const bool edges = broken == law_with_edges;
  const Estimate implicit = edges ? uniform : forms::mean([&](Estimate x) { return loss_at(model.at(x), model.slope(x)); });
  const Estimate plain = edges ? explicit_uniform : forms::explicit_loss(model), fisher = edges ? Estimate{} : forms::fisher();
  const Estimate right = half * (plain - fisher);
  inquiry.check(identity("E[s^2/2 + s'] = (explicit loss - E|score|^2) / 2", implicit, right));
  inquiry.check(golden("E[s^2/2 + s']", implicit, "-0.575607200936"));
  inquiry.check(golden("(explicit loss - E|score|^2) / 2", right, "-0.575607200936"));

  const std::string at = ", uniform on [0,1], s = x";
  const Estimate half_of_it = half * explicit_uniform, between = uniform - half_of_it;
  inquiry.check(golden("E[s^2/2 + s']" + at, uniform, "1.1667"));
  inquiry.check(golden("(explicit loss - E|score|^2) / 2" + at, half_of_it, "0.1667"));
  inquiry.check(identity("their difference is p s between the ends" + at, between, {1}));
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
