// The factor by which a sweep shrinks the error of the potentials.
#include "suites/score_wasserstein/entropic_gaussian.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

// Two estimates from three changes in a row, and how far apart they are.
struct Rate {
  double value, error;
};
Rate measured_rate(const GaussianPair& pair, double eps, double expected) {
  const Nodes x(0, pair.s1), y(pair.mean, pair.s2);
  const Entropic problem = on_nodes(x, y, eps);
  // Until changes are 1e-6 of the first: other modes are gone, and rounding is not yet all that is left.
  const int sweeps = static_cast<int>(std::ceil(std::log(1e-6) / std::log(expected)));
  std::vector<double> g(y.at.size(), 0.0), f = row_potentials(problem, g);
  // A difference of two nodes, so that a constant, which is free, does not show; not at equal distances from the mean, where what is
  // quadratic would not show either.
  const std::size_t low = 3 * x.at.size() / 8, high = 5 * x.at.size() / 8 + 7;
  double change[3] = {0, 0, 0};
  for (int k = 0; k < sweeps; ++k) {
    g = column_potentials(problem, f);
    const std::vector<double> next = row_potentials(problem, g);
    std::rotate(change, change + 1, change + 3);
    change[2] = std::fabs((next[high] - f[high]) - (next[low] - f[low]));
    f = next;
  }
  const double last = change[2] / change[1], before = change[1] / change[0];
  // A change has the rounding of its own sweep, and as much of the sweeps before: what they left is damped by a factor r <= expected a
  // sweep in every mode, so that of a change it is sum (1 - r) r^k = 1 of a sweep's.
  double noise = 0;
  for (const std::size_t at : {low, high}) // what the plan pairs with a node of x is no further from the mean than that node of y
    noise += half_sweep_rounding(x, at, y, g, eps) + half_sweep_rounding(y, at, x, f, eps);
  return {last, std::fabs(last - before) / (1 - expected) + 2 * 2 * noise / change[2]}; // of both changes
}

void ask(Inquiry& inquiry) {
  struct Known {
    double mean, eps;
    std::string_view published;
  };
  constexpr Known list[] = {{0.5, 0.5, "0.66119268"}, {0.5, 0.1, "0.92006658"}, {0, 0.5, "0.43717577"}, {0, 0.1, "0.84652252"}};
  for (const auto& [mean, eps, published] : list) {
    const GaussianPair pair{1, 0.6, mean};
    const double rho = contraction(pair, eps), right = std::pow(rho, mean == 0 ? 4 : 2);
    const double expected = inquiry.broken == 1 ? std::sqrt(right) : right;
    const auto [rate, error] = measured_rate(pair, eps, right);
    char label[48];
    std::snprintf(label, sizeof label, "means %g apart, eps = %g", mean, eps);
    inquiry.check(identity(std::string("contraction a sweep, ") + label, rate, expected, error));
    inquiry.check(golden(std::string("predicted contraction, ") + label, expected, published));
    inquiry.row("rate", {{"mean", mean}, {"eps", eps}, {"measured", rate}, {"predicted", expected}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/score_wasserstein/sinkhorn-linear-rate",
     .statement = "For Gaussians a full sweep shrinks the error of the potentials by rho^2, rho = (D - eps/2) / (2 s1 s2), and by rho^4 "
                  "where the means are equal",
     .source = "closed form of arXiv 2006.02572: sweeps are linear maps of the coefficients of quadratic potentials",
     .kind = Kind::exact,
     .broken_by = {"a half-sweep's factor for a full one"},
     .ask = ask});

} // namespace
} // namespace assay
