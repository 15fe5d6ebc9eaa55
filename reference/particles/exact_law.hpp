// Diffusions on the line whose law is known at every time: dx = -k(t) x dt + g(t) dW, started in a Gaussian mixture.
// The drift is linear, so a mixture stays one: x_t | x_0 is Gaussian with mean a x_0 and variance q, and the component
// N(m, v) becomes N(a m, a^2 v + q).
#pragma once

#include "reference/math/quadrature.hpp"
#include "reference/score/gaussian_mixture.hpp"
#include "reference/score/vp_schedule.hpp"

namespace assay::particles {

// One instant of such a diffusion; k and g^2 are rates (1 / time), a and q count from time 0.
struct Instant {
  double decay, diffusion; // k, g^2
  double shrink, spread;   // a, q
  double drift(double x) const { return -decay * x; }
};

// Ornstein-Uhlenbeck: k = rate, g = noise, a = e^{-rate t}, q = noise^2 (1 - a^2) / (2 rate).
struct Ou {
  double rate, noise;
};

Instant instant(const Ou&, double t);
// Variance preserving: k = b / 2, g^2 = b, a = e^{-int b / 2}, q = 1 - a^2.
Instant instant(const score::VpSchedule&, double t);

score::GaussianMixture law(const score::GaussianMixture& start, const Instant&);

// Density p(x) of a mixture. error: of its rounding, counted operation by operation: for a component with exponent e
// 4 e + 8 units, of which 4 e stem from the rounded argument of exp.
math::Estimate density(const score::GaussianMixture&, double x);
// dp/dt at x of the law at this instant, from the closed forms of mean and variance differentiated in t; no partial
// differential equation is used. error: of its rounding.
math::Estimate density_rate(const score::GaussianMixture& start, const Instant&, double x);

// A draw from the mixture made of one uniform number of (0, 1) and one standard normal.
double draw(const score::GaussianMixture&, double uniform, double normal);

} // namespace assay::particles
