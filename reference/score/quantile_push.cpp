#include "reference/score/quantile_push.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "reference/math/quadrature.hpp"
#include "reference/op.hpp"

namespace assay::score {
namespace {

constexpr double reach = 8;
constexpr int halvings = 12;

struct Panel {
  double from, to;
  double square = 0, off = 0;                 // integral of the squared distance, and its error
  double moved = 0;                           // integral of the squared error of the distance
  double distance_low = 0, distance_high = 0; // at the outermost nodes
};

// Carries the nodes of all panels together: what depends on time alone is then computed once.
void evaluate(std::vector<Panel>& panels, const Quantile& target, const Quantile& start, const Field& velocity, double from, double to,
              int steps) {
  const math::PairedRule& rule = math::gauss_kronrod_rule();
  std::vector<double> z;
  z.reserve(panels.size() * rule.node.size());
  for (const Panel& panel : panels)
    for (const double node : rule.node) z.push_back((panel.from + panel.to) / 2 + (panel.to - panel.from) / 2 * node);
  std::vector<double> at, at_error;
  for (const double one : z) {
    const auto [value, error] = start(one);
    at.push_back(value);
    at_error.push_back(error);
  }
  const Flow image = rk4_doubled(velocity, at, from, to, steps);

  std::size_t i = 0;
  for (Panel& panel : panels) {
    double gauss = 0, weights_off = 0;
    const std::size_t first = i, last = i + rule.node.size() - 1;
    for (std::size_t k = 0; k < rule.node.size(); ++k, ++i) {
      const auto [x, x_error] = target(z[i]);
      const double distance = x - image.value[i];
      const std::size_t before = i > first ? i - 1 : i, after = i < last ? i + 1 : i;
      const double stretch = std::fabs((image.value[after] - image.value[before]) / (at[after] - at[before]));
      const double error = x_error + stretch * at_error[i] + image.error[i] + numerics::u64 * std::fabs(distance);
      const double density = (panel.to - panel.from) / 2 * std::exp(-z[i] * z[i] / 2) / std::sqrt(2 * std::numbers::pi);
      panel.square += rule.kronrod[k] * density * distance * distance;
      gauss += rule.gauss[k] * density * distance * distance;
      weights_off += (z[i] * z[i] + 8) * numerics::u64 * rule.kronrod[k] * density * distance * distance;
      panel.moved += rule.kronrod[k] * density * error * error;
      if (k == 0) panel.distance_low = std::fabs(distance);
      panel.distance_high = std::fabs(distance);
    }
    panel.off = std::fabs(panel.square - gauss) + growth(31) * numerics::u64 * panel.square + weights_off;
  }
}

} // namespace

math::Estimate quantile_push(const Quantile& target, const Quantile& start, const Field& velocity, double from, double to, int steps,
                             double tolerance) {
  std::vector<Panel> pending, done;
  for (double z = -reach; z < reach; z += 1) pending.push_back({z, z + 1});
  for (int halving = 0; !pending.empty(); ++halving) {
    evaluate(pending, target, start, velocity, from, to, steps);
    double square = 0;
    for (const auto* list : {&pending, &done})
      for (const Panel& panel : *list) square += panel.square;
    std::vector<Panel> halves;
    for (const Panel& panel : pending) {
      if (panel.off <= tolerance * square || halving == halvings) {
        done.push_back(panel);
        continue;
      }
      const double middle = (panel.from + panel.to) / 2;
      halves.push_back({panel.from, middle});
      halves.push_back({middle, panel.to});
    }
    pending = std::move(halves);
  }

  Panel sum{-reach, reach};
  for (const Panel& panel : done) {
    sum.square += panel.square;
    sum.off += panel.off;
    sum.moved += panel.moved;
    if (panel.from == sum.from) sum.distance_low = panel.distance_low;
    if (panel.to == sum.to) sum.distance_high = panel.distance_high;
  }
  const double farthest = std::max(sum.distance_low, sum.distance_high);
  const double off = sum.off + std::erfc(reach / std::numbers::sqrt2) * 2 * farthest * farthest;
  const double w2 = std::sqrt(sum.square);
  const double root_error = off < sum.square ? w2 - std::sqrt(sum.square - off) : std::sqrt(sum.square + off); // its larger side
  return {w2, root_error + std::sqrt(sum.moved)};
}

math::Estimate quantile_distance(const Quantile& target, const Quantile& start) {
  const Field still = [](double, std::span<const double>, std::span<double> slope) { std::fill(slope.begin(), slope.end(), 0.0); };
  return quantile_push(target, start, still, 0, 0, 1);
}

} // namespace assay::score
