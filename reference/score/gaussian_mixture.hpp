// Mixture of Gaussians on the line: the data law whose diffusion, score and quantiles are known exactly.
#pragma once

#include <vector>

#include "reference/math/estimate.hpp"
#include "reference/score/vp_schedule.hpp"

namespace assay::score {

struct Component {
  double weight, mean, variance; // weights are positive and sum to 1
};

struct GaussianMixture {
  std::vector<Component> components;
  double parameter_error = 0; // of means and variances, relative: how far they are from those that are meant. Estimates know of it

  // Maximum-subtracted log-sum-exp over components: finite in the far tails, NaN for x = NaN.
  double log_density(double x) const;
  double score(double x) const;       // d/dx log_density = sum_k r_k(x) (mean_k - x) / variance_k
  double score_slope(double x) const; // d/dx score = Var_r(u) - E_r 1/variance, u_k = (mean_k - x) / variance_k
  math::Estimate log_density(math::Estimate x) const;
  math::Estimate score(math::Estimate x) const;
  math::Estimate score_slope(math::Estimate x) const;
  double cdf(double x) const;
  double survival(double x) const; // 1 - cdf, without cancellation in the upper tail

  // The x with cdf(x) = Phi(z), z standard normal: bisection until no double lies between. The tail that is the smaller
  // one is compared, so the error in x is a few u cdf(x) / density(x) + u |x|, survival for cdf where z > 0: quantile_error(x).
  double quantile_at(double z) const;
  double quantile_error(double x) const;
  math::Estimate quantile(double z) const; // both

  // Least L with (score(x) - score(y)) (x - y) <= L (x - y)^2 certified for components of equal variance v:
  // -1/v + R^2/v^2, R half the spread of the means; attained by two equal weights. Throws where variances differ.
  double one_sided_lipschitz() const;
};

// The law at time t of the process that starts in `law`, its parameters' errors included.
GaussianMixture diffuse(const GaussianMixture& law, const VpSchedule& schedule, double t);

} // namespace assay::score
