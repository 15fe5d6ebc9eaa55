// How far OT_eps and the debiased S_eps are from W2^2 for small eps, from the closed form for Gaussians.
#include "suites/score_wasserstein/entropic_gaussian.hpp"

#include <string>

#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry) {
  const GaussianPair pair{1, 0.6, 0.5};
  constexpr double epsilons[] = {0.4, 0.2, 0.1, 0.05, 0.025};
  constexpr std::string_view published[] = {"0.976", "0.9939", "0.9985", "0.9996", "0.9999"};
  const double constant = -std::pow(1 / pair.s1 - 1 / pair.s2, 2) / 32, second = 1 / (16 * pair.s1 * pair.s2);
  std::vector<double> logs, debiased, remainders;
  for (int k = 0; k < 5; ++k) {
    const double eps = epsilons[k], raw = entropic_gaussian(pair, eps);
    const double own = (entropic_gaussian({pair.s1, pair.s1, 0}, eps) + entropic_gaussian({pair.s2, pair.s2, 0}, eps)) / 2;
    const double bias = raw - (inquiry.broken == 1 ? 0 : own) - pair.squared_distance();
    const double first = eps / 2 * ((inquiry.broken == 2 ? 0 : 1) + std::log(2 * pair.s1 * pair.s2 / eps));
    const double remainder = raw - pair.squared_distance() - first;
    logs.push_back(std::log(eps));
    debiased.push_back(std::log(std::fabs(bias)));
    remainders.push_back(std::log(std::fabs(remainder)));
    inquiry.check(
        golden("S_eps - W2^2 in units of its leading term, eps = " + std::to_string(eps), bias / (constant * eps * eps), published[k]));
    inquiry.row("bias", {{"eps", eps}, {"raw", raw - pair.squared_distance()}, {"debiased", bias}, {"leading", constant * eps * eps}});
    if (k < 4) continue;
    inquiry.check(identity("constant of S_eps - W2^2", bias / (eps * eps), constant, 0.01 * std::fabs(constant)));
    inquiry.check(identity("constant of OT_eps - W2^2 beyond its leading term", remainder / (eps * eps), second, 0.01 * second));
  }
  inquiry.check(slope("exponent of S_eps - W2^2", logs, debiased, 2, 0.05));
  inquiry.check(slope("exponent of OT_eps - W2^2 beyond its leading term", logs, remainders, 2, 0.05));
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sinkhorn-rate-in-eps",
     .statement = "OT_eps - W2^2 = (eps/2)(1 + log(2 s1 s2 / eps)) + eps^2 / (16 s1 s2) + ... for Gaussians on the line, and without "
                  "the cost of each to itself only -(eps^2/32)(1/s1 - 1/s2)^2 is left",
     .source = "Chizat et al., arXiv 2006.08172; constants from the closed form of arXiv 2006.02572",
     .kind = Kind::rate,
     .broken_by = {"OT_eps is not debiased", "the leading term is (eps/2) log(2 s1 s2 / eps)"},
     .ask = ask});

} // namespace
} // namespace assay
