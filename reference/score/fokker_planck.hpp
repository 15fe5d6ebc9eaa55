// The law of a diffusion on the line, without particles: finite volumes for its Fokker-Planck equation.
#pragma once

#include <functional>
#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::score {

// The process dx = drift(t, x) dt + sigma(t) dW, run backward from `from` down to `to`.
struct Backward {
  std::function<void(double t, const std::vector<double>& x, std::vector<double>& drift)> drift; // at many points of one time
  math::Function diffusion;                                                                      // sigma(t)^2 / 2
  double from, to;
};

// A law on [-reach, reach] at equally spaced faces x: its cdf, its survival function, each summed from its own end, and its density.
struct LawAtFaces {
  std::vector<double> x, below, above, density;
};

// Cells of equal width without flux through the ends; fluxes of Chang and Cooper (1970), exact for a constant drift in equilibrium and of
// second order; Crank-Nicolson with coefficients of the middle of each step. Starts in `start`, a cdf.
LawAtFaces finite_volumes(const Backward& process, const math::Function& start, double reach, int cells, int steps);

// W2 between the law at process.to and `target`, a quantile function of z, the standard normal variable:
//   W2^2 = int (x - target(Phi^-1(F(x))))^2 f(x) dx
// by the trapezoidal rule over faces, F and f extrapolated from `cells` and 2 * cells cells, in `steps` and 2 * steps steps.
// error: the norm in L2(f) of what extrapolation moves the map by, three times the error it leaves where orders are as they should be,
// and the change of the rule where every second face is left out. What is beyond 8 standard deviations of z is not counted.
math::Estimate fokker_planck_distance(const Backward& process, const math::Function& start, const math::Function& target, double reach,
                                      int cells, int steps);

} // namespace assay::score
