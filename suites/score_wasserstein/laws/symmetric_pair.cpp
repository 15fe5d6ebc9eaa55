// Law: the closed form of two equal components at m and -m with variance v,
//   s = -x / v + (m / v) tanh(m.x / v),   div s = -d / v + |m|^2 / v^2 sech^2(m.x / v):
// the divergence is the trace of the Jacobian of this score. Where the modes overlap, and where x is a hundred deviations away.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  constexpr int d = 3;
  constexpr double v = 0.25;
  for (const Covariance covariance : score::covariances<full>) {
    MixtureCall pair({.points = 30, .dim = d, .components = 2, .covariance = covariance}, inquiry.seed);
    const double m[d] = {0.5, -0.25, 0.125};
    for (std::size_t i = 0; i < d; ++i) pair.mean[i] = static_cast<float>(m[i]), pair.mean[d + i] = -pair.mean[i];
    pair.weight = {0.5f, 0.5f};
    for (std::size_t i = 0; i < pair.factor.size(); ++i)
      pair.factor[i] = covariance == Covariance::cholesky && i % (d * d) % (d + 1) != 0 ? 0 : 0.5f;
    for (std::size_t i = 0; i < d; ++i) pair.x[i] = 50; // far from both
    pair.run(apply);
    const std::vector<Truth> truth = pair.truth(inquiry.numerics);
    Worst s, divergence;
    for (std::size_t i = 0; i < 30; ++i) {
      double product = 0, square = 0;
      for (std::size_t e = 0; e < d; ++e) product += m[e] * pair.x[i * d + e], square += m[e] * m[e];
      const double t = std::tanh(product / (inquiry.broken == 1 ? 1 : v));
      for (std::size_t e = 0; e < d; ++e) s.see(pair.s[i * d + e] - (m[e] * t - pair.x[i * d + e]) / v, truth[0].bound[i * d + e]);
      divergence.see(static_cast<double>(pair.divergence[i]) + d / v - square / (v * v) * (inquiry.broken == 2 ? 1 - t : 1 - t * t),
                     truth[2].bound[i]);
    }
    inquiry.check(s.check("score off the closed form over its bound"));
    inquiry.check(divergence.check("divergence off the trace of the Jacobian over its bound"));
  }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "two equal components at m and -m have the score of the closed form, and the trace of its Jacobian",
          .broken_by = {"tanh of m.x", "sech^2 without its square"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("symmetric-pair"));
ASSAY_LAW(law<true>("symmetric-pair-full"));

} // namespace assay
