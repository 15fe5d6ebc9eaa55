// How far OT_eps and the debiased S_eps are from W2^2 for small eps, from the closed form for Gaussians.
#include "suites/score_wasserstein/entropic_gaussian.hpp"

#include <string>

#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;
using math::Estimate;

// What is left when leading terms are taken away: first eps^2 + second eps^4 - ..., whose terms fall and alternate. From the closed form:
//   -D + t log(D + t) = 2p (q asinh q - sqrt(1 + q^2)) + t log 2p = -2p + t log 2p + t^2 / 4p - t^4 / 192p^3 + ...,  p = s1 s2,  q = t / 2p
struct Tail {
  Estimate first, second;
};

// By how much the slope of log(first eps^2 + second eps^4) against log eps may be off 2, values being off by `rounding`.
double bend(const Tail& tail, const std::vector<double>& log_eps, double rounding) {
  double mean = 0, spread = 0, off = 0;
  for (const double x : log_eps) mean += x / static_cast<double>(log_eps.size());
  for (const double x : log_eps) spread += (x - mean) * (x - mean);
  for (const double x : log_eps) {
    const double eps2 = std::exp(2 * x), share = (std::fabs(tail.second.value) * eps2 + rounding / eps2) / std::fabs(tail.first.value);
    off += std::fabs(x - mean) / spread * share / (1 - share);
  }
  return off;
}

void ask(Inquiry& inquiry) {
  const GaussianPair pair{1, 0.6, 0.5};
  constexpr double epsilons[] = {0.4, 0.2, 0.1, 0.05, 0.025};
  constexpr std::string_view published[] = {"0.976", "0.9939", "0.9985", "0.9996", "0.9999"};
  const Estimate s1{pair.s1}, s2{pair.s2}, p = s1 * s2, inverses = 1 / s1 - 1 / s2, cubes = pow(s1, -3) - pow(s2, -3);
  const Tail debiased{-inverses * inverses / 32, cubes * cubes / 6144}, raw{1 / (16 * p), -1 / (3072 * p * p * p)};
  std::vector<double> logs, log_bias, log_beyond;
  double rounding = 0;
  for (int k = 0; k < 5; ++k) {
    const double eps = epsilons[k];
    const Estimate value = entropic_gaussian(pair, eps), square = Estimate{eps} * eps;
    const Estimate own = (entropic_gaussian({pair.s1, pair.s1, 0}, eps) + entropic_gaussian({pair.s2, pair.s2, 0}, eps)) / 2;
    const Estimate beside = value - pair.squared_distance(), bias = inquiry.broken == 1 ? beside : beside - own;
    const Estimate leading = eps / 2 * ((inquiry.broken == 2 ? 0 : 1) + log(2 * p / eps));
    const Estimate beyond = beside - leading;
    logs.push_back(std::log(eps));
    log_bias.push_back(std::log(std::fabs(bias.value)));
    log_beyond.push_back(std::log(std::fabs(beyond.value)));
    rounding = std::max({rounding, bias.error, beyond.error});
    inquiry.check(
        golden("S_eps - W2^2 in units of its leading term, eps = " + std::to_string(eps), bias / (debiased.first * square), published[k]));
    inquiry.row("bias", {{"eps", eps},
                         {"raw", beside.value},
                         {"debiased", bias.value},
                         {"leading", leading.value},
                         {"debiased_leading", debiased.first.value * eps * eps}});
    const auto constant = [&](std::string what, Estimate measured, const Tail& tail) {
      const Estimate next = tail.second * square;
      inquiry.check(identity(std::move(what), measured / square, tail.first + Estimate{0, std::fabs(next.value) + next.error}));
    };
    constant("constant of S_eps - W2^2, of all eps", bias, debiased);
    constant("constant of OT_eps - W2^2 beyond its leading term, of all eps", beyond, raw);
  }
  inquiry.check(slope("exponent of S_eps - W2^2", logs, log_bias, 2, bend(debiased, logs, rounding)));
  inquiry.check(slope("exponent of OT_eps - W2^2 beyond its leading term", logs, log_beyond, 2, bend(raw, logs, rounding)));
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
