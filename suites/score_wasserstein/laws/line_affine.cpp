// Law: W_p(l x + c, l y + c) = |l| W_p(x, y), and neither the order of points nor that of the clouds matters.
#include <algorithm>

#include "suites/score_wasserstein/line_call.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<Wasserstein1D>& apply) {
  transport::LineCall plain(transport::line_problem, inquiry.seed);
  transport::LineCall other = plain;
  for (std::vector<double>* each : {&other.x, &other.y}) {
    std::rotate(each->begin(), each->begin() + 900, each->end());
    for (double& one : *each) one = -4 * one + 24;
  }
  if (inquiry.broken == 1) other.y[0] += 1;
  std::swap(other.x, other.y);
  std::swap(other.problem.n, other.problem.m);
  const double factor = inquiry.broken == 2 ? 2 : 4, expected = factor * plain.run(apply);
  inquiry.check(identity("clouds mapped, reordered and exchanged", other.run(apply), expected,
                         other.bound(inquiry.numerics) + factor * plain.bound(inquiry.numerics)));
}

ASSAY_LAW(Law<Wasserstein1D>{.name = "line-affine",
                             .statement = "clouds that are scaled and moved together keep their distance but for the scale, in any order",
                             .broken_by = {"one point is moved alone", "the scale's square root"},
                             .ask = ask});

} // namespace
} // namespace assay
