// Quadrature with error estimates. A light header: only the .cpp includes Boost.
#pragma once

#include <functional>
#include <vector>

#include "reference/math/estimate.hpp"

namespace assay::math {

using Function = std::function<double(double)>;
using Estimated = std::function<Estimate(Estimate)>; // at a place that is not known better than that

// 31-point Gauss-Kronrod rule on [-1, 1], nodes ascending, with the embedded 15-point Gauss rule: gauss is 0 at the nodes
// which that does not use. Exact for polynomials up to degree 47 and 29. Kronrod (1965).
struct PairedRule {
  std::vector<double> node, kronrod, gauss;
};
const PairedRule& gauss_kronrod_rule();

// That rule on [from, to]. error: the distance between the two rules, which is the error of the worse one, plus the rounding
// of 31 additions, growth(31) u int |f|. The rounding inside f is the caller's to add.
Estimate gauss_kronrod(const Function& f, double from, double to);

// The same of a function that knows its own rounding: its errors are integrated too, at nodes as they were rounded, and weights count. In
// `from` and `to` nothing is rounded.
Estimate gauss_kronrod(const Estimated& f, double from, double to);

// The sum over [edges[k], edges[k+1]]; errors and roundings of the sum add up. Fewer than two edges: zero.
Estimate integrate(const Function& f, const std::vector<double>& edges);
Estimate integrate(const Estimated& f, const std::vector<double>& edges);

// That sum, panels halved until the error of each is below `tolerance` or it has been halved `halvings` times; errors add up all the same.
Estimate integrate_adaptively(const Function& f, const std::vector<double>& edges, double tolerance, int halvings);

// Edges 0, first, 3 first, 7 first, ..., end: widths double away from a boundary layer at 0 until they reach `widest`;
// the last panel may be half as wide again.
std::vector<double> graded_edges(double end, double first, double widest);

} // namespace assay::math
