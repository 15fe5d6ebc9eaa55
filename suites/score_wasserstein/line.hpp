// Gaussian data on the line, a variance preserving process and a linear score: the setting in which both sides are known exactly.
#pragma once

#include <cmath>

#include "reference/score/bound_integral.hpp"
#include "reference/score/linear_gauss.hpp"
#include "reference/score/vp_schedule.hpp"

namespace assay::line {

constexpr score::VpSchedule schedule{0.1, 19.9};

// s(x,t) = slope(t) x + offset(t).
struct Model {
  math::Function slope, offset;
};

auto h(double kappa, auto t) { return (1 + kappa) * schedule.b(t) / 2; } // sigma^2 = kappa g^2

inline math::Gaussian diffused(double mean, double v0, double t) { return {{mean * schedule.mean_factor(t)}, {schedule.variance(v0, t)}}; }

// The law at 0 of the sampler that starts in that law at `end`; `share` multiplies the score that it takes.
inline score::Moments sampled(const Model& model, double kappa, const math::Gaussian& start, double end, double share = 1) {
  const auto drift = [&](double t) -> score::Linear {
    const double taken = share * h(kappa, t);
    return {{-schedule.b(t) / 2 - taken * model.slope(t)}, {-taken * model.offset(t)}};
  };
  const auto noise = [&](double t) { return std::vector<double>{kappa * schedule.b(t)}; };
  return score::carry(drift, noise, start, end, 0, 2048);
}

// I(t) for the score of N(., v0): L_f = b/2, L_s = -1/v_t and v' = b (1 - v).
auto growth_factor(double v0, double kappa, auto t) {
  using std::pow;
  return pow(v0 / schedule.variance(v0, t), (1 + kappa) / 2) * pow(schedule.mean_factor(t), kappa);
}

inline std::vector<double> edges(double end) { return math::graded_edges(end, 1e-3, 1.0 / 32); }

} // namespace assay::line
