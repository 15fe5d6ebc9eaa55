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

// E f(x, y) under the monotone (or, sign = -1, the antitone) coupling: x and y at equal normal quantiles z and sign z. moved(x, y) bounds
// the rounding in f, that of x and y included.
template <class F, class Moved>
math::Estimate mean(const score::GaussianMixture& p, const score::GaussianMixture& q, double sign, double tolerance, F f, Moved moved) {
  const auto under = [&](const auto& each) {
    return
        [&](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * each(p.quantile_at(z), q.quantile_at(sign * z)); };
  };
  std::vector<double> edges;
  for (double z = -reach; z <= reach; z += 2) edges.push_back(z);
  math::Estimate result = math::integrate_adaptively(under(f), edges, tolerance, 8); // quantile maps are steep between modes
  const math::Estimate rounding = math::integrate(under(moved), edges);
  result.error += rounding.value + rounding.error;
  return result;
}

// Rounding of log p and of the score at x: an exponent errs by 3 u of itself, a share by 8 u (1 + |exponent|), whose mean over shares is at
// most 2 + |log p| for the densities here, and a pull by 3 u.
double of_log_density(const score::GaussianMixture& law, double x) { return 8 * numerics::u64 * (2 + std::fabs(law.log_density(x))); }
double of_score(const score::GaussianMixture& law, double x) {
  double pull = 0;
  for (const score::Component& c : law.components) pull = std::max(pull, std::fabs(c.mean - x) / c.variance);
  return 2 * of_log_density(law, x) * pull;
}

math::Estimate scores(const score::GaussianMixture& p, const score::GaussianMixture& q, double sign, double tolerance) {
  return mean(
      p, q, sign, tolerance, [&](double x, double y) { return (x - y) * (p.score(x) - q.score(y)); },
      [&](double x, double y) {
        const double dx = p.quantile_error(x), dy = q.quantile_error(y);
        return (dx + dy + 3 * numerics::u64 * std::fabs(x - y)) * std::fabs(p.score(x) - q.score(y)) +
               std::fabs(x - y) * (std::fabs(p.score_slope(x)) * dx + std::fabs(q.score_slope(y)) * dy + of_score(p, x) + of_score(q, y));
      });
}

// int (r + 1/r - 2) du, r = p(P^-1(u)) / q(Q^-1(u)): by parts, as (r + 1/r - 2) = (1 - dy/dx)(1 - dx/dy) up to sign.
math::Estimate densities(double tolerance, int broken) {
  const auto ratio = [](double x, double y) { return std::exp(p0.log_density(x) - q0.log_density(y)); };
  return mean(
      p0, q0, 1, tolerance,
      [&](double x, double y) {
        const double r = ratio(x, y);
        return broken == ratio_without_inverse ? r - 1 : r + 1 / r - 2;
      },
      [&](double x, double y) {
        const double r = ratio(x, y), of_logarithm = std::fabs(p0.score(x)) * p0.quantile_error(x) +
                                                     std::fabs(q0.score(y)) * q0.quantile_error(y) + of_log_density(p0, x) +
                                                     of_log_density(q0, y);
        return std::fabs(r - 1 / r) * of_logarithm + 4 * numerics::u64 * (r + 1 / r);
      });
}

math::Estimate squared_distance(double t) {
  const score::GaussianMixture p = heated(p0, t), q = heated(q0, t);
  return mean(
      p, q, 1, 1e-10, [](double x, double y) { return (x - y) * (x - y); },
      [&](double x, double y) {
        const double off = p.quantile_error(x) + q.quantile_error(y) + 3 * numerics::u64 * std::fabs(x - y);
        return off * (2 * std::fabs(x - y) + off);
      });
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double sign = broken == antitone ? -1 : 1;
  const math::Estimate left = scores(p0, q0, sign, 1e-13), right = densities(1e-13, broken), other = scores(p0, q0, -sign, 1e-6);
  inquiry.check(identity("E(x-y)(s_p(x) - s_q(y)) = int (r + 1/r - 2) du", left.value, right.value, left.error + right.error));
  inquiry.check(golden("E(x-y)(s_p(x) - s_q(y))", left.value, "0.197053309477", left.error));
  inquiry.check(golden("int (r + 1/r - 2) du", right.value, "0.197053309477", right.error));
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
                         first.error + last.error + fall.error + 0.25 * within));
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
