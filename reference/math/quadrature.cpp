#include "reference/math/quadrature.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <cstddef>

#include "reference/op.hpp"

namespace assay::math {

const PairedRule& gauss_kronrod_rule() {
  static const PairedRule rule = [] {
    // Boost lists the half from 0 upward; every second node is one of the Gauss rule.
    const auto& abscissa = boost::math::quadrature::gauss_kronrod<double, 31>::abscissa();
    const auto& kronrod = boost::math::quadrature::gauss_kronrod<double, 31>::weights();
    const auto& gauss = boost::math::quadrature::gauss<double, 15>::weights();
    PairedRule both;
    const auto add = [&](double sign, std::size_t k) {
      both.node.push_back(sign * abscissa[k]);
      both.kronrod.push_back(kronrod[k]);
      both.gauss.push_back(k % 2 == 0 ? gauss[k / 2] : 0);
    };
    for (std::size_t k = abscissa.size() - 1; k > 0; --k) add(-1, k);
    for (std::size_t k = 0; k < abscissa.size(); ++k) add(1, k);
    return both;
  }();
  return rule;
}

namespace {

// at(t) is an Estimate; `roundings` of each term are counted beside those of the sum.
template <class At> Estimate panel(const At& at, double from, double to, double roundings) {
  const PairedRule& rule = gauss_kronrod_rule();
  const double middle = (from + to) / 2, half = (to - from) / 2;
  double kronrod = 0, gauss = 0, magnitude = 0, off = 0;
  for (std::size_t k = 0; k < rule.node.size(); ++k) {
    const Estimate here = at(middle + half * rule.node[k]);
    kronrod += rule.kronrod[k] * here.value;
    gauss += rule.gauss[k] * here.value;
    magnitude += rule.kronrod[k] * std::fabs(here.value);
    off += rule.kronrod[k] * here.error;
  }
  return {half * kronrod, std::fabs(half) * (std::fabs(kronrod - gauss) + (growth(31) + roundings) * numerics::u64 * magnitude + off)};
}

template <class F> Estimate sum_of_panels(const F& f, const std::vector<double>& edges) {
  Estimate sum;
  for (std::size_t k = 1; k < edges.size(); ++k) sum = sum + gauss_kronrod(f, edges[k - 1], edges[k]);
  return sum;
}

} // namespace

// Boost's own integrate() is not used: in 1.74 it scales the value by the length of the interval, but not the error.
Estimate gauss_kronrod(const Function& f, double from, double to) {
  return panel([&](double t) { return Estimate{f(t)}; }, from, to, 0);
}

// A node: middle and half width have one rounding, the rule's digits and their product two more, the place one. A term: the weight's digits
// and the products with it and with the half width.
Estimate gauss_kronrod(const Estimated& f, double from, double to) {
  const double off = numerics::u64 * (std::fabs(from + to) + 2 * std::fabs(to - from));
  return panel([&](double t) { return f({t, off}); }, from, to, 3);
}

Estimate integrate(const Function& f, const std::vector<double>& edges) { return sum_of_panels(f, edges); }
Estimate integrate(const Estimated& f, const std::vector<double>& edges) { return sum_of_panels(f, edges); }

Estimate integrate_adaptively(const Function& f, const std::vector<double>& edges, double tolerance, int halvings) {
  Estimate sum;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    Estimate panel = gauss_kronrod(f, edges[k - 1], edges[k]);
    if (panel.error > tolerance && halvings > 0)
      panel = integrate_adaptively(f, {edges[k - 1], (edges[k - 1] + edges[k]) / 2, edges[k]}, tolerance, halvings - 1);
    sum = sum + panel;
  }
  return sum;
}

std::vector<double> graded_edges(double end, double first, double widest) {
  std::vector<double> edges = {0};
  for (double width = first; edges.back() < end; width = std::min(2 * width, widest)) {
    const double next = edges.back() + width;
    edges.push_back(next + width / 2 < end ? next : end); // no sliver at the end
  }
  return edges;
}

} // namespace assay::math
