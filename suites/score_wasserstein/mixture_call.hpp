// What the laws of gmm_score share: a problem with arrays of its own, whose points every storage type holds.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "reference/random.hpp"
#include "reference/score/gmm_score.hpp"
#include "suites/harness/worst.hpp"

namespace assay::score {

// Laws are asked of full covariances in a row of their own: a variant may leave these to another one.
template <bool full> inline constexpr std::array<Covariance, full ? 1 : 2> covariances = [] {
  if constexpr (full)
    return std::array{Covariance::cholesky};
  else
    return std::array{Covariance::isotropic, Covariance::diagonal};
}();

struct MixtureCall {
  GmmScore::Problem problem;
  std::vector<double> x, s;
  std::vector<float> weight, mean, factor, log_density, divergence;

  // Points and means are whole eighths.
  MixtureCall(const GmmScore::Problem& p, std::uint64_t key) : problem(p) {
    std::size_t factors = 1;
    for (const std::int64_t extent : GmmScore::factor_shape(p)) factors *= static_cast<std::size_t>(extent);
    const auto n = static_cast<std::size_t>(p.points), d = static_cast<std::size_t>(p.dim), count = static_cast<std::size_t>(p.components);
    x.resize(n * d), s.resize(n * d);
    weight.resize(count), mean.resize(count * d), factor.resize(factors);
    log_density.resize(p.log_density ? n : 0), divergence.resize(p.divergence ? n : 0);
    GmmScore::Args<> a = args();
    GmmScore::fill(p, a, Fill::normal, {key});
    for (double& one : x) one = std::clamp(std::nearbyint(8 * one) / 8, -4.0, 4.0);
    for (float& one : mean) one = std::clamp(std::nearbyint(8 * one) / 8, -4.0f, 4.0f);
  }

  GmmScore::Args<> args() { return {x.data(), weight.data(), mean.data(), factor.data(), s.data(), log_density.data(), divergence.data()}; }
  void run(const Apply<GmmScore>& apply) {
    GmmScore::Args<> a = args();
    apply(problem, a);
  }
  std::vector<Truth> truth(const Numerics& numerics) { return GmmScore::truth(problem, args(), numerics, {}); } // values and bounds
};

// What two calls on the same points that mean the same law differ by; a factor on the weights moves the logarithm by `shift`.
inline void compare(Inquiry& inquiry, MixtureCall& a, MixtureCall& b, double shift = 0) {
  const std::vector<Truth> one = a.truth(inquiry.numerics), other = b.truth(inquiry.numerics);
  Worst s, log_density, divergence;
  for (std::size_t i = 0; i < a.s.size(); ++i) s.see(a.s[i] - b.s[i], one[0].bound[i] + other[0].bound[i]);
  for (std::size_t i = 0; i < a.log_density.size(); ++i)
    log_density.see(static_cast<double>(a.log_density[i]) - b.log_density[i] - shift, one[1].bound[i] + other[1].bound[i]);
  for (std::size_t i = 0; i < a.divergence.size(); ++i)
    divergence.see(static_cast<double>(a.divergence[i]) - b.divergence[i], one[2].bound[i] + other[2].bound[i]);
  inquiry.check(s.check("difference of scores over the bounds"));
  inquiry.check(log_density.check("difference of log densities over the bounds"));
  inquiry.check(divergence.check("difference of divergences over the bounds"));
}

} // namespace assay::score
