// The weak form d/dt E phi(x_t) = E (L phi)(x_t) asked of simulated particles: residuals whose mean is exactly 0 when the
// generator believed in is that of the particles, so a z-test of the mean needs no allowance for a time step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/particles/exact_law.hpp"
#include "reference/particles/test_function.hpp"

namespace assay::particles {

// Of the first `particles` particles, for each test function: mean of the residual and its standard error.
struct Residual {
  std::int64_t particles;
  std::vector<double> mean, error;
};
double largest_z(const Residual&); // max over test functions of |mean| / error

// cos(j w x) and sin(j w x), j = 1..count, from one sine, one cosine and count - 1 complex products. Both numbers are off by
// at most 4 j u + j u |w x| (a complex product has relative error sqrt(5) u; Brent, Percival and Zimmermann, Math. Comp. 76
// (2007)); the second term is 0 where w is a power of 2.
struct Comb {
  double frequency;
  int count;
};
std::vector<TestFunction> test_functions(const Comb&); // the cosines, then the sines

// Euler-Maruyama from time 0 to `horizon` in `steps` steps h; step j starts at time j h.
struct EulerMaruyama {
  double horizon;
  int steps;
};

// Particles by Euler-Maruyama, and the discrete martingale
//   M = phi(X_n) - phi(X_0) - sum_j (P_j phi - phi)(X_j) = sum_j phi(X_{j+1}) - (P_j phi)(X_j),
// P_j phi the closed one-step mean under `belief`: E M = 0 for every h when the belief is {1, 1}. h L phi in place of
// P phi - phi would leave a bias of order h. Result: [belief][count]; counts ascend and are multiples of 64.
// Rounding: 200 units per step in a particle's residual, N units in a mean over N; at 2^20 particles z moves by less than 1e-6.
std::vector<std::vector<Residual>> martingale_residual(const score::VpSchedule&, const score::GaussianMixture& start, const EulerMaruyama&,
                                                       const Comb&, std::span<const Belief>, std::span<const std::int64_t> counts,
                                                       std::uint64_t key);

// Particles by the exact transition of Ornstein-Uhlenbeck, seen at 0, at one uniformly drawn time in each of `strata`
// equal parts of [0, horizon], and at the horizon:
//   M = phi(X_T) - phi(X_0) - (T / strata) sum_j (L phi)(X_{t_j}).
// The drawn times make the sum an unbiased estimate of the integral over [0, T], so E M = 0 is the weak form itself,
// integrated in time. Result: [belief][count]; counts ascend.
std::vector<std::vector<Residual>> generator_residual(const Ou&, const score::GaussianMixture& start, double horizon, int strata,
                                                      std::span<const TestFunction>, std::span<const Belief>,
                                                      std::span<const std::int64_t> counts, std::uint64_t key);

} // namespace assay::particles
