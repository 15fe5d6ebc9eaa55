// Sinkhorn on nodes against the closed form for Gaussians.
#include "suites/score_wasserstein/entropic_gaussian.hpp"

#include <cstdio>
#include <string>

#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry) {
  const GaussianPair pair{1, 0.6, 0.5};
  const Nodes x(0, pair.s1), y(pair.mean, pair.s2);
  constexpr double epsilons[] = {2, 0.5, 0.1};
  constexpr std::string_view published[] = {"1.2956105782", "0.9048158642", "0.5852868485"};
  for (int k = 0; k < 3; ++k) {
    const double eps = epsilons[k], used = inquiry.broken == 1 ? eps / 2 : eps, rate = std::pow(contraction(pair, eps), 2);
    const Entropic problem = on_nodes(x, y, used);
    // The value rises to its limit by a factor rate^2 a sweep at worst, since it is stationary there; from at most the mean cost.
    const int sweeps = 1 + static_cast<int>(std::ceil(std::log(1e-15) / std::log(rate * rate)));
    const double measured = dual_value(problem, sinkhorn(problem, sweeps)), expected = entropic_gaussian(pair, eps);
    // Rounding: a sum of 161 weighted terms and its logarithm a half-sweep, damped by `rate`; costs reach 300, where weights are 1e-15.
    const double slack = 1e2 * numerics::u64 * (1 + 2 / (1 - rate)) + 2e-13;
    char label[32];
    std::snprintf(label, sizeof label, "eps = %g", eps);
    inquiry.check(identity(std::string("OT_eps on nodes and in closed form, ") + label, measured, expected, slack));
    inquiry.check(golden(std::string("OT_eps, ") + label, measured, published[k]));
    inquiry.row("entropic", {{"eps", eps}, {"nodes", measured}, {"closed", expected}});
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/entropic-gaussian",
             .statement = "OT_eps between Gaussians has a closed form, and Sinkhorn's sweeps on quadrature nodes reach it",
             .source = "Janati et al., arXiv 2006.02572; Mallasto et al., arXiv 2006.03416",
             .kind = Kind::exact,
             .broken_by = {"eps is taken by half, as where costs are |x - y|^2 / 2"},
             .ask = ask});

} // namespace
} // namespace assay
