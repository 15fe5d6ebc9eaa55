#include "reference/score/bound_integral.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace assay::score {

using math::Estimate;

Estimate bound_integral(const math::Estimated& source, const math::Estimated& rate, const std::vector<double>& edges, Estimate terminal) {
  constexpr double inf = std::numeric_limits<double>::infinity(), vacuous = 700;
  Estimate exponent, sum;
  double largest = 0;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    const double from = edges[k - 1];
    const math::Estimated integrand = [&](Estimate t) {
      Estimate more = math::gauss_kronrod(rate, from, t.value);
      more.error += std::fabs(rate(t).value) * t.error; // what lies between the node and where it is, to first order
      largest = std::max(largest, exponent.value + more.value);
      return source(t) * exp(exponent + more);
    };
    sum = sum + math::gauss_kronrod(integrand, from, edges[k]);
    exponent = exponent + math::gauss_kronrod(rate, from, edges[k]);
    largest = std::max(largest, exponent.value);
    if (largest > vacuous) return {inf, inf};
  }
  return sum + exp(exponent) * terminal;
}

Estimate bound_integral(const math::Function& source, const math::Function& rate, const std::vector<double>& edges, Estimate terminal) {
  const auto of = [](const math::Function& f) { return [&f](Estimate t) { return Estimate{f(t.value)}; }; };
  return bound_integral(math::Estimated(of(source)), math::Estimated(of(rate)), edges, terminal);
}

Estimate weighted_bound(const math::Estimated& h, const math::Estimated& eps, const math::Estimated& weight, const math::Estimated& rate,
                        const std::vector<double>& edges, Estimate terminal) {
  const math::Estimated growth = [&](Estimate t) { return h(t) * h(t) / weight(t); };
  const math::Estimated loss = [&](Estimate t) { return weight(t) * eps(t) * eps(t); };
  const math::Estimated twice = [&](Estimate t) { return 2 * rate(t); }, none = [](Estimate) { return Estimate{}; };
  const Estimate way = bound_integral(growth, twice, edges, {}), last = bound_integral(none, rate, edges, terminal);
  return sqrt(way * math::integrate(loss, edges)) + last;
}

} // namespace assay::score
