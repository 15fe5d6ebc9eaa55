// One call of sinkhorn with arrays of its own, and the bounds that its outputs have.
#pragma once

#include <cmath>
#include <vector>

#include "reference/transport/sinkhorn.hpp"
#include "suites/harness/worst.hpp"

namespace assay::transport {

struct SinkhornCall {
  Sinkhorn::Problem problem;
  std::vector<double> x, a, y, b, f, g, result;

  SinkhornCall(const Sinkhorn::Problem& p, std::uint64_t key)
      : problem(p),
        x(static_cast<std::size_t>(p.n * p.dim)),
        a(static_cast<std::size_t>(p.n)),
        y(static_cast<std::size_t>(p.m * p.dim)),
        b(static_cast<std::size_t>(p.m)),
        f(a.size()),
        g(b.size()),
        result(4) {
    Sinkhorn::Args<> args = this->args();
    Sinkhorn::fill(p, args, Fill::normal, {key});
    for (std::vector<double>* each : {&x, &a, &y, &b})
      for (double& one : *each) one = static_cast<float>(one); // what every storage keeps
  }
  Sinkhorn::Args<> args() { return {x.data(), a.data(), y.data(), b.data(), f.data(), g.data(), result.data()}; }
  void run(const Apply<Sinkhorn>& apply) {
    Sinkhorn::Args<> a = args();
    apply(problem, a);
  }
  std::vector<Truth> truth(const Numerics& n) { return Sinkhorn::truth(problem, args(), n, {}); }
};

} // namespace assay::transport
