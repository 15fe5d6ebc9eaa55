// Law: W_1(1 + e x, 1 + e y) = e W_1(x, y) for whole x and y, e the distance of 1 to the next number of the storage. Nothing is rounded,
// but clouds are then as far from zero, in units of their spacing, as numbers allow: a grid finer than the spacing has no numbers for its
// edges.
#include <algorithm>

#include "suites/score_wasserstein/line_call.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<Wasserstein1D>& apply) {
  const Wasserstein1D::Problem& problem = transport::line_problem;
  transport::LineCall near(problem, inquiry.seed), far = near, probe = near;
  std::fill(probe.x.begin(), probe.x.end(), 0.0);
  std::fill(probe.y.begin(), probe.y.end(), 1 + 0x1p-40);
  const double unit = probe.run(apply) > 1 + 0x1p-41 ? 0x1p-52 : 0x1p-23; // doubles keep 2^-40 beside 1, floats do not
  for (std::vector<double>* each : {&near.x, &near.y})
    for (double& one : *each) one = std::nearbyint(16 * one);
  for (std::size_t i = 0; i < far.x.size(); ++i) far.x[i] = 1 + unit * near.x[i];
  for (std::size_t j = 0; j < far.y.size(); ++j) far.y[j] = 1 + unit * near.y[j];
  if (inquiry.broken == 1) far.y[0] += unit;
  const double expected = (inquiry.broken == 2 ? 2 : 1) * unit * near.run(apply);
  inquiry.check(identity("clouds of neighbouring numbers", far.run(apply), expected,
                         far.bound(inquiry.numerics) + unit * near.bound(inquiry.numerics)));
}

ASSAY_LAW(Law<Wasserstein1D>{.name = "line-far",
                             .statement = "clouds of numbers next to 1 have the distance that their places among these numbers have",
                             .broken_by = {"one point is one number further", "numbers are twice as far apart"},
                             .ask = ask});

} // namespace
} // namespace assay
