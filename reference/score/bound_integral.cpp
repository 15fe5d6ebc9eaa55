#include "reference/score/bound_integral.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace assay::score {

math::Estimate bound_integral(const math::Function& source, const math::Function& rate, const std::vector<double>& edges,
                              math::Estimate terminal) {
  constexpr double inf = std::numeric_limits<double>::infinity(), vacuous = 700;
  math::Estimate exponent, sum;
  double largest = 0;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    const double from = edges[k - 1];
    double within = 0; // largest error of the exponent inside this panel
    const auto integrand = [&](double t) {
      const math::Estimate more = math::gauss_kronrod(rate, from, t);
      within = std::max(within, more.error);
      largest = std::max(largest, exponent.value + more.value);
      return source(t) * std::exp(exponent.value + more.value);
    };
    const math::Estimate panel = math::gauss_kronrod(integrand, from, edges[k]);
    sum.value += panel.value;
    sum.error += panel.error + panel.value * std::expm1(exponent.error + within);
    const math::Estimate whole = math::gauss_kronrod(rate, from, edges[k]);
    exponent.value += whole.value;
    exponent.error += whole.error;
    largest = std::max(largest, exponent.value);
    if (largest > vacuous) return {inf, inf};
  }
  const double growth = std::exp(exponent.value);
  sum.value += growth * terminal.value;
  sum.error += growth * (terminal.error + terminal.value * std::expm1(exponent.error));
  return sum;
}

math::Estimate weighted_bound(const math::Function& h, const math::Function& eps, const math::Function& weight, const math::Function& rate,
                              const std::vector<double>& edges, math::Estimate terminal) {
  const auto growth = [&](double t) { return h(t) * h(t) / weight(t); };
  const auto loss = [&](double t) { return weight(t) * eps(t) * eps(t); };
  const math::Estimate way = bound_integral(growth, [&](double t) { return 2 * rate(t); }, edges, {0, 0});
  const math::Estimate off = math::integrate(loss, edges);
  const math::Estimate last = bound_integral([](double) { return 0.0; }, rate, edges, terminal);
  const double product = std::sqrt(way.value * off.value);
  // (a + da)(b + db) - ab under the root, and sqrt(x + dx) - sqrt(x) <= dx / sqrt(x) or sqrt(dx).
  const double moved = way.error * off.value + off.error * (way.value + way.error);
  return {product + last.value, (product > 0 ? std::min(moved / product, std::sqrt(moved)) : std::sqrt(moved)) + last.error};
}

} // namespace assay::score
