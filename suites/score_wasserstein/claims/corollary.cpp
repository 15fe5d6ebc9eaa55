// From the integral of h I eps to a loss: Cauchy-Schwarz, and where it costs nothing.
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/line.hpp"

namespace assay {
namespace {

using math::Estimate;
enum Broken { none, no_two, no_growth, twice_the_score };
constexpr double v0 = 0.25, end = 1, kappa = 1;

Estimate h(Estimate t) { return line::h(kappa, t); }
Estimate grown(Estimate t) { return line::growth_factor(v0, kappa, t); }
Estimate rate(Estimate t) { return line::schedule.b(t) / 2 - h(t) / line::schedule.variance(v0, t); }
Estimate constant(Estimate) { return {0.1}; }
Estimate late(Estimate t) { return 0.1 * t; }

struct Sides {
  Estimate w2, theorem, corollary;
};

// A score off by eps(t) >= 0 in one direction, for which W2(p_0,q_0) is the theorem's right side.
Sides sides(const math::Estimated& eps, const math::Estimated& weight, int broken) {
  const std::vector<double> edges = line::edges(end);
  const line::Model model{[](double t) { return -1 / line::schedule.variance(v0, t); }, [&](double t) { return -eps({t}).value; }};
  const score::Moments data{line::diffused(0, v0, 0), 0, 0};
  const double share = broken == twice_the_score ? 2 : 1;
  Sides all{score::w2(data, line::sampled(model, kappa, line::diffused(0, v0, end), end, share)),
            score::bound_integral([&](Estimate t) { return h(t) * eps(t); }, rate, edges, {}),
            score::weighted_bound(h, eps, weight, broken == no_growth ? [](Estimate) { return Estimate{}; } : rate, edges, {})};
  if (broken == no_two) all.corollary = all.corollary / std::sqrt(2.0);
  return all;
}

void ask(Inquiry& inquiry) {
  const Sides flat = sides(constant, h, inquiry.broken);
  inquiry.check(golden("eps = .1: the corollary's right side", flat.corollary, "0.158508"));
  inquiry.check(golden("eps = .1: W2(p_0,q_0)", flat.w2, "0.075706"));

  struct Weight {
    const char* name;
    math::Estimated at;
  };
  const Weight weights[] = {{"g^2", h},
                            {"1", [](Estimate) { return Estimate{1}; }},
                            {"h I", [](Estimate t) { return h(t) * grown(t); }},
                            {"h^2 I^2", [](Estimate t) { return h(t) * grown(t) * h(t) * grown(t); }}};
  for (const Weight& weight : weights) {
    const std::string at = std::string(", weight ") + weight.name;
    const Sides other = sides(late, weight.at, inquiry.broken);
    inquiry.check(inequality("eps = .1 t: W2(p_0,q_0) <= corollary" + at, other.w2, other.corollary));
    // Equality in Cauchy-Schwarz: weight eps proportional to h I.
    const auto matched = [&](Estimate t) { return 0.1 * h(t) * grown(t) / weight.at(t); };
    const Sides tight = sides(matched, weight.at, inquiry.broken);
    inquiry.check(identity("eps = .1 h I / weight: W2(p_0,q_0) = corollary" + at, tight.w2, tight.corollary));
    if (&weight != weights) continue;
    inquiry.check(golden("eps = .1 I: the corollary's right side", tight.corollary, "0.0249997"));
    inquiry.check(golden("eps = .1 I: W2(p_0,q_0)", tight.w2, "0.0249997"));
  }

  if (inquiry.broken != none) return;
  // The distance against the loss, for errors that come early, late, all along or where they count least.
  const math::Estimated shapes[] = {constant, [](Estimate t) { return 0.1 * grown(t); }, late, [](Estimate t) { return 0.1 * (1 - t); }};
  for (std::size_t shape = 0; shape < 4; ++shape)
    for (double size = 1.0 / 64; size <= 64; size *= 4) {
      const auto eps = [&](Estimate t) { return size * shapes[shape](t); };
      const Sides here = sides(eps, h, none);
      const Estimate loss = math::integrate([&](Estimate t) { return h(t) * eps(t) * eps(t) / 2; }, line::edges(end));
      inquiry.row("loss", {{"shape", static_cast<double>(shape)},
                           {"root_j", std::sqrt(loss.value)},
                           {"w2", here.w2.value},
                           {"bound", here.theorem.value},
                           {"corollary", here.corollary.value}});
    }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/corollary",
             .statement = "W2(p_0,q_0) <= (2 int g^2 I^2 dt)^(1/2) J^(1/2) for the SDE, likewise for any weight of the loss, with equality "
                          "where the error is proportional to h I over the weight",
             .source = "Kwon, Fan and Lee, arXiv 2212.06359; reference/score/bound_integral.hpp",
             .kind = Kind::bound,
             .broken_by = {"the 2 under the root is dropped", "I = 1 in the first factor",
                           "the sampler takes twice its share of the score"},
             .ask = ask});

} // namespace
} // namespace assay
