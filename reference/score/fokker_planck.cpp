#include "reference/score/fokker_planck.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace assay::score {
namespace {

// x / (e^x - 1): the weight of Chang and Cooper's flux.
double bernoulli(double x) { return std::fabs(x) < 1e-5 ? 1 - x / 2 + x * x / 12 : x / std::expm1(x); }

// The standard normal variable whose lower tail is `below` and upper tail `above`: the smaller one is inverted.
double normal_quantile(double below, double above) {
  const double tail = std::clamp(std::min(below, above), 1e-300, 0.5), z = std::numbers::sqrt2 * boost::math::erfc_inv(2 * tail);
  return std::clamp(below < above ? -z : z, -8.0, 8.0);
}

} // namespace

LawAtFaces finite_volumes(const Backward& process, const math::Function& start, double reach, int cells, int steps) {
  const auto n = static_cast<std::size_t>(cells);
  const double width = 2 * reach / cells, step = (process.from - process.to) / steps;
  LawAtFaces law;
  for (std::size_t i = 0; i <= n; ++i) law.x.push_back(-reach + width * static_cast<double>(i));
  std::vector<double> mass(n), drift(n + 1), in(n + 1), out(n + 1), right(n), upper(n);
  for (std::size_t i = 0; i < n; ++i) mass[i] = start(law.x[i + 1]) - start(law.x[i]);

  for (int k = 0; k < steps; ++k) {
    const double t = process.from - step * (k + 0.5), d = process.diffusion(t);
    process.drift(t, law.x, drift);
    // Run backward the drift changes sign. Mass moves through face i at the rate in[i] mass[i - 1] - out[i] mass[i].
    const double scale = d * step / (2 * width * width);
    for (std::size_t i = 1; i < n; ++i) {
      const double peclet = -drift[i] * width / d;
      in[i] = scale * bernoulli(-peclet);
      out[i] = scale * bernoulli(peclet);
    }
    in[0] = out[0] = in[n] = out[n] = 0;
    const auto moved = [&](std::size_t i) {
      const double from_left = i > 0 ? in[i] * mass[i - 1] : 0, from_right = i + 1 < n ? out[i + 1] * mass[i + 1] : 0;
      return mass[i] + from_left + from_right - (in[i + 1] + out[i]) * mass[i];
    };
    double before = 0;
    for (std::size_t i = 0; i < n; ++i) { // Thomas' algorithm; the matrix is an M-matrix, no pivots are needed
      const double pivot = 1 + in[i + 1] + out[i] - (i > 0 ? in[i] * upper[i - 1] : 0);
      before = (moved(i) + in[i] * before) / pivot;
      right[i] = before;
      upper[i] = out[i + 1] / pivot;
    }
    mass[n - 1] = right[n - 1];
    for (std::size_t i = n - 1; i-- > 0;) mass[i] = right[i] + upper[i] * mass[i + 1];
  }

  law.below.assign(n + 1, 0);
  law.above.assign(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) law.below[i + 1] = law.below[i] + mass[i];
  for (std::size_t i = n; i-- > 0;) law.above[i] = law.above[i + 1] + mass[i];
  law.density.assign(n + 1, 0);
  for (std::size_t i = 2; i + 2 <= n; ++i) // of order four from means over cells
    law.density[i] = (7 * (mass[i - 1] + mass[i]) - mass[i - 2] - mass[std::min(i + 1, n - 1)]) / (12 * width);
  return law;
}

math::Estimate fokker_planck_distance(const Backward& process, const math::Function& start, const math::Function& target, double reach,
                                      int cells, int steps) {
  const LawAtFaces coarse = finite_volumes(process, start, reach, cells, steps);
  const LawAtFaces fine = finite_volumes(process, start, reach, 2 * cells, 2 * steps);
  double all = 0, every_second = 0, moved = 0;
  for (std::size_t i = 0; i < coarse.x.size(); ++i) {
    const std::size_t same = 2 * i;
    const auto extrapolated = [&](const std::vector<double> LawAtFaces::*of) { return (4 * (fine.*of)[same] - (coarse.*of)[i]) / 3; };
    const double z = normal_quantile(extrapolated(&LawAtFaces::below), extrapolated(&LawAtFaces::above));
    if (std::fabs(z) == 8) continue;
    const double density = extrapolated(&LawAtFaces::density), image = target(z), distance = coarse.x[i] - image;
    all += density * distance * distance;
    if (i % 2 == 0) every_second += 2 * density * distance * distance;
    const double off = image - target(normal_quantile(fine.below[same], fine.above[same]));
    moved += density * off * off;
  }
  const double width = 2 * reach / cells, w2 = std::sqrt(width * all);
  return {w2, std::sqrt(width * moved) + std::fabs(w2 - std::sqrt(width * every_second))};
}

} // namespace assay::score
