// One call of wasserstein_1d with arrays of its own. Points are multiples of 2^-12 below 8, so that sums and differences of them are exact.
#pragma once

#include <cmath>
#include <vector>

#include "reference/transport/wasserstein_1d.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay::transport {

struct LineCall {
  Wasserstein1D::Problem problem;
  std::vector<double> x, a, y, b;
  double value = 0;

  LineCall(const Wasserstein1D::Problem& p, std::uint64_t key)
      : problem(p),
        x(static_cast<std::size_t>(p.n)),
        a(p.weights ? x.size() : 0),
        y(static_cast<std::size_t>(p.m)),
        b(p.weights ? y.size() : 0) {
    Wasserstein1D::Args<> args = this->args();
    Wasserstein1D::fill(p, args, Fill::normal, {key});
    for (std::vector<double>* each : {&x, &y})
      for (double& one : *each) one = std::nearbyint(one * 0x1p12) * 0x1p-12;
  }
  Wasserstein1D::Args<> args() { return {x.data(), a.data(), y.data(), b.data(), &value}; }
  double run(const Apply<Wasserstein1D>& apply) {
    Wasserstein1D::Args<> args = this->args();
    apply(problem, args);
    return value;
  }
  double bound(const Numerics& n) { return Wasserstein1D::truth(problem, args(), n, {})[0].bound[0]; }
};

// Of a size that every variant takes.
inline constexpr Wasserstein1D::Problem line_problem{.n = 2500, .m = 1700, .p = 1};

} // namespace assay::transport
