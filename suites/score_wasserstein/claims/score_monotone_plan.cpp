// The inequality that the source leaves open: it holds for the optimal plan, where it is a sum of squares on the line.
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/score/gaussian_mixture.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, antitone, ratio_without_inverse, half_the_heat };
constexpr double reach = 8; // of z; 1.2e-15 of the mass is beyond

// Laws at time t of the heat flow dx = dW.
score::GaussianMixture heated(score::GaussianMixture law, double t) {
  for (score::Component& c : law.components) c.variance += t;
  return law;
}
const score::GaussianMixture p0{{{0.3, -1.5, 0.25}, {0.7, 1, 0.36}}}, q0{{{0.5, -1, 0.64}, {0.5, 0.8, 0.16}}};

// E f(x, y) under the monotone (or, sign = -1, the antitone) coupling: x and y at equal normal quantiles z and sign z.
template <class F>
math::Estimate mean(const score::GaussianMixture& p, const score::GaussianMixture& q, double sign, double tolerance, F f) {
  const auto integrand = [&](double z) {
    return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * f(p.quantile_at(z), q.quantile_at(sign * z));
  };
  std::vector<double> edges;
  for (double z = -reach; z <= reach; z += 2) edges.push_back(z);
  return math::integrate_adaptively(integrand, edges, tolerance, 8); // quantile maps are steep between modes
}

math::Estimate scores(const score::GaussianMixture& p, const score::GaussianMixture& q, double sign, double tolerance) {
  return mean(p, q, sign, tolerance, [&](double x, double y) { return (x - y) * (p.score(x) - q.score(y)); });
}

// int (r + 1/r - 2) du, r = p(P^-1(u)) / q(Q^-1(u)): by parts, as (r + 1/r - 2) = (1 - dy/dx)(1 - dx/dy) up to sign.
math::Estimate densities(double tolerance, int broken) {
  return mean(p0, q0, 1, tolerance, [&](double x, double y) {
    const double r = std::exp(p0.log_density(x) - q0.log_density(y));
    return broken == ratio_without_inverse ? r - 1 : r + 1 / r - 2;
  });
}

math::Estimate squared_distance(double t) {
  return mean(heated(p0, t), heated(q0, t), 1, 1e-10, [](double x, double y) { return (x - y) * (x - y); });
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double sign = broken == antitone ? -1 : 1, rounding = 1e3 * numerics::u64; // of quantiles: their own error times a slope up to 1e2
  const math::Estimate left = scores(p0, q0, sign, 1e-13), right = densities(1e-13, broken), other = scores(p0, q0, -sign, 1e-6);
  inquiry.check(identity("E(x-y)(s_p(x) - s_q(y)) = int (r + 1/r - 2) du", left.value, right.value, left.error + right.error + rounding));
  inquiry.check(golden("E(x-y)(s_p(x) - s_q(y))", left.value, "0.197053309477", left.error + rounding));
  inquiry.check(golden("int (r + 1/r - 2) du", right.value, "0.197053309477", right.error + rounding));
  inquiry.check(inequality("it is not negative", left.error, left.value));
  inquiry.check(golden("E(x-y)(s_p(x) - s_q(y)) under the antitone coupling", other.value, "-4.76", other.error));

  // W2^2 falls along the heat flow by twice half of that: integrated over .25 <= t <= .5, where laws are smooth.
  const double heat = broken == half_the_heat ? 0.5 : 1;
  const math::Estimate first = squared_distance(0.25), last = squared_distance(0.5);
  double within = 0;
  const auto rate = [&](double t) {
    const math::Estimate now = scores(heated(p0, t), heated(q0, t), sign, 1e-9);
    within = std::max(within, now.error);
    return heat * now.value;
  };
  const math::Estimate fall = math::gauss_kronrod(rate, 0.25, 0.5);
  inquiry.check(identity("W2(p_t,q_t)^2 falls by the integral of that along the heat flow", first.value - last.value, fall.value,
                         first.error + last.error + fall.error + 0.25 * within + rounding));
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/score-monotone-plan",
     .statement = "Under the optimal plan E(x-y)(s_p(x) - s_q(y)) = int (r + 1/r - 2) du >= 0, the rate at which the heat flow lowers "
                  "W2^2; other couplings may make it negative",
     .source = "completes Su, kexue.fm 9467; displacement convexity of the entropy: McCann (1997)",
     .kind = Kind::exact,
     .broken_by = {"the antitone coupling", "r - 1 in place of r + 1/r - 2", "half the rate along the heat flow"},
     .ask = ask});

} // namespace
} // namespace assay
