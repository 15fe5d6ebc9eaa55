#include "reference/attention/gaussian_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reference/op.hpp"

namespace assay::attention {

GaussianScores::GaussianScores(double beta, double most) : beta_(beta), fine_(table(most, 1)), coarse_(table(most, 2)) {}

GaussianScores::Table GaussianScores::table(double most, double widen) {
  const double first = -(std::log(most) + beta_ * beta_ / 2 + 8 * beta_ + 45), last = 10 * beta_ + 12, step = 0.1 * widen;
  const double inner = std::min(0.25, 0.1 / beta_) * widen, end = 13 + beta_; // e^s shifts the law of s / beta by beta
  std::vector<double> score, weight;
  for (double g = -end; g <= end; g += inner) {
    score.push_back(beta_ * g);
    weight.push_back(inner * std::exp(-g * g / 2) / std::sqrt(2 * std::numbers::pi));
  }
  inner_ = std::max(inner_, static_cast<double>(score.size()));
  Table table{first, step, {}, {}};
  for (double y = first; y <= last; y += step) {
    double phi = 0, below = 0, moment = 0; // below = 1 - phi, without cancellation where phi is near 1
    for (std::size_t k = 0; k < score.size(); ++k) {
      const double x = std::exp(y + score[k]), decay = std::exp(-x);
      phi += weight[k] * decay;
      below -= weight[k] * std::expm1(-x);
      moment += weight[k] * score[k] * x * decay;
    }
    table.log_phi.push_back(below < 0.5 ? std::log1p(-below) : std::log(phi));
    table.moment.push_back(moment);
  }
  return table;
}

math::Estimate GaussianScores::entropy(double n) const {
  if (n == 1) return {};
  const auto rule = [n](const Table& table) {
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < table.log_phi.size(); ++k) {
      const double one = std::exp(-std::exp(table.first + table.step * static_cast<double>(k)));
      const double power = std::exp(n * table.log_phi[k]), tilted = n * std::exp((n - 1) * table.log_phi[k]) * table.moment[k];
      sum += table.step * (one - power - tilted);
      size += table.step * (one + power + std::fabs(tilted));
    }
    return std::pair{sum, size};
  };
  const auto [fine, size] = rule(fine_);
  const double chains = growth(inner_) + growth(static_cast<double>(fine_.log_phi.size())) + 16;
  return {fine, std::fabs(fine - rule(coarse_).first) + chains * numerics::u64 * size + std::exp(-45)};
}

} // namespace assay::attention
