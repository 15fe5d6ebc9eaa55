// Sinkhorn on nodes against the closed form for Gaussians.
#include "suites/score_wasserstein/entropic_gaussian.hpp"

#include <cstdio>
#include <string>

#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using namespace transport;

// Potentials are the derivatives of OT_eps by the weights, and quadratic, with factors of x^2 between 1 - s1/s2 or 1 - s2/s1 (eps = 0) and
// 1: what stands beyond the last node changes the value by less than its variance, to first order.
double lost_beyond(const Nodes& x, const Nodes& y) { return x.lost_variance() + y.lost_variance(); }

// g is an update of f, and the value stationary in f: what rounding did to f before does not show. Left are that of g, of sums, and of
// weights, whose exponent z^2 / 2 is exact: 4 each, and again for their own sum.
double rounding(const Nodes& x, const Nodes& y, const Potentials& p, double eps) {
  const double sums = numerics::u64 * (8 + 2 * growth(Nodes::count));
  double all = 0;
  for (std::size_t i = 0; i < p.f.size(); ++i) all += x.weight[i] * sums * std::fabs(p.f[i]);
  for (std::size_t j = 0; j < p.g.size(); ++j) all += y.weight[j] * (half_sweep_rounding(y, j, x, p.f, eps) + sums * std::fabs(p.g[j]));
  return all;
}

void ask(Inquiry& inquiry) {
  const GaussianPair pair{1, 0.6, 0.5};
  const Nodes x(0, pair.s1), y(pair.mean, pair.s2);
  constexpr double epsilons[] = {2, 0.5, 0.1};
  constexpr std::string_view published[] = {"1.2956105782", "0.9048158642", "0.5852868485"};
  for (int k = 0; k < 3; ++k) {
    const double eps = epsilons[k], used = inquiry.broken == 1 ? eps / 2 : eps, rate = std::pow(contraction(pair, eps), 2);
    const Entropic problem = on_nodes(x, y, used);
    // The value rises to its limit, from no less than 0, by a factor rate^2 a sweep at worst, since it is stationary there.
    constexpr double left = 1e-15;
    const int sweeps = 1 + static_cast<int>(std::ceil(std::log(left) / std::log(rate * rate)));
    const Potentials potentials = sinkhorn(problem, sweeps);
    const math::Estimate expected = entropic_gaussian(pair, eps),
                         measured{dual_value(problem, potentials),
                                  left * expected.value + lost_beyond(x, y) + rounding(x, y, potentials, used)};
    char label[32];
    std::snprintf(label, sizeof label, "eps = %g", eps);
    inquiry.check(identity(std::string("OT_eps on nodes and in closed form, ") + label, measured, expected));
    inquiry.check(golden(std::string("OT_eps, ") + label, measured, published[k]));
    inquiry.row("entropic", {{"eps", eps}, {"nodes", measured.value}, {"closed", expected.value}});
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/entropic-gaussian",
             .statement = "OT_eps between Gaussians has a closed form, and Sinkhorn's sweeps on quadrature nodes reach it",
             .source = "Janati et al., arXiv 2006.02572; Mallasto et al., arXiv 2006.03416",
             .kind = Kind::exact,
             .broken_by = {"eps is taken by half, as where costs are |x - y|^2 / 2"},
             .ask = ask});

} // namespace
} // namespace assay
