// Law: on the line, of N(m, V) and N(0, 1) with equal weights, where r is the share of the narrow one and u their pulls,
//   div s = -(1 - r) / V - r + r (1 - r) (u_wide - u_narrow)^2.
// With V = 2^80 the share of the narrow one falls from 2^-84 to 2^-139 between 13 and 16 of its deviations: from most of the divergence to
// nothing of it. Curvatures of components may differ by more than their weights.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  constexpr std::size_t points = 22;
  constexpr double m = 0x1p41, variance = 0x1p80;
  for (const Covariance covariance : score::covariances<full>) {
    MixtureCall two({.points = points, .dim = 1, .components = 2, .covariance = covariance}, inquiry.seed);
    two.weight = {0.5f, 0.5f};
    two.mean = {static_cast<float>(m), 0};
    two.factor = {0x1p40f, 1};
    for (std::size_t i = 0; i < points; ++i) two.x[i] = 13.25 + static_cast<double>(i) / 8;
    two.run(apply);
    const std::vector<Truth> truth = two.truth(inquiry.numerics);
    Worst divergence;
    for (std::size_t i = 0; i < points; ++i) {
      const double x = two.x[i], wide = (m - x) / variance, narrow = -x;
      const double r = inquiry.broken == 1 ? 0 : 1 / (1 + std::exp(x * x / 2 - wide * wide * variance / 2) / std::sqrt(variance));
      const double apart = inquiry.broken == 2 ? 0 : r * (1 - r) * (wide - narrow) * (wide - narrow);
      divergence.see(static_cast<double>(two.divergence[i]) + (1 - r) / variance + r - apart, truth[2].bound[i]);
    }
    inquiry.check(divergence.check("divergence off the closed form over its bound"));
  }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "the divergence of a wide and a narrow component is the closed form where the narrow one has next to no weight",
          .broken_by = {"the narrow component has no weight", "the pulls do not differ"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("wide-and-narrow"));
ASSAY_LAW(law<true>("wide-and-narrow-full"));

} // namespace assay
