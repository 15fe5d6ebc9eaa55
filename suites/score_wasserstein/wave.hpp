// Two Gaussian modes and a score that is off by a wave, with b = .1 + 9.9 t up to T = 1.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

#include "reference/score/gaussian_mixture.hpp"
#include "reference/score/one_sided.hpp"
#include "reference/score/vp_schedule.hpp"

namespace assay::wave {

constexpr double end = 1;
constexpr score::VpSchedule schedule{0.1, 9.9};
inline const score::GaussianMixture data{{{0.5, -1, 0.25}, {0.5, 1, 0.25}}};
inline const score::GaussianMixture noise{{{1, 0, 1}}};

// The model: the true score + delta sin(omega x + phi).
struct Wave {
  double delta, omega, phi;

  auto at(auto x) const {
    using std::sin;
    return delta * sin(omega * x + phi);
  }
  // E |model - true score|^2 under the equal mixture N(-m, v), N(m, v).
  template <class Real> Real mean_square(Real m, Real v) const {
    using std::exp, std::cos;
    return delta * Real{delta} / 2 * (1 - exp(-2 * omega * omega * v) * cos(2 * omega * m) * cos(2 * Real{phi}));
  }
  double error(double t) const {
    const score::Component now = diffuse(data, schedule, t).components.back();
    return std::sqrt(mean_square(now.mean, now.variance));
  }
  score::OneSided lipschitz(double t) const {
    const score::GaussianMixture now = diffuse(data, schedule, t);
    const score::OneSided modes{now.one_sided_lipschitz(), true};
    return modes + score::of_wave(delta, omega);
  }
  std::string name() const {
    char text[64];
    std::snprintf(text, sizeof text, "delta=%g, omega=%g, phi=%.3g", delta, omega, phi);
    return text;
  }
};

// As if the data were one Gaussian and the model exact: no bound.
inline double one_gaussian(double t) { return -1 / diffuse(data, schedule, t).components.front().variance; }

} // namespace assay::wave
