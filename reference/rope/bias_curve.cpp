#include "reference/rope/bias_curve.hpp"

#include <cmath>

#include "reference/rounding.hpp"

namespace assay {
using namespace rope;

std::string BiasCurve::refuse(const Problem& p) {
  if (p.heads < 1) return "heads=" + std::to_string(p.heads) + ": must be at least 1";
  if (p.count < 0) return "count=" + std::to_string(p.count) + ": must not be negative";
  if (const std::string reason = refuse_pairs(p.dim, p.dim, p.base); !reason.empty()) return reason;
  if (std::abs(p.first) > furthest(Angle::f64) || p.first + p.count - 1 > furthest(Angle::f64))
    return "first=" + std::to_string(p.first) + ": distances must be below 2^31";
  return {};
}

// Two products and sums for each pair and distance; the angle's own are not counted.
Work BiasCurve::work(const Problem& p, const Numerics&) { return {2.0 * p.heads * p.count * p.dim}; }

std::vector<Truth> BiasCurve::truth(const Problem& p, const Args<>& before, const Numerics& n, Sample) {
  const double u = n.add;
  Truth curve{{}, {}, {}};
  curve.value.resize(static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(p.count));
  curve.bound = curve.value;
  for (int t = 0; t < p.count; ++t) {
    std::vector<long double> sum(static_cast<std::size_t>(p.heads));
    std::vector<double> bound(sum.size());
    for (int i = 0; i < p.dim / 2; ++i) {
      const long double phi = angle_of(Angle::f64, p.first + t, frequency(i, p.dim, p.base)), c = std::cos(phi), s = std::sin(phi);
      const double size = static_cast<double>(std::fabs(phi)), slip = size == 0 ? 0 : 4 * numerics::u64 * size + 3.1416 * u + 2 * u;
      const auto [first, second] = pair_at(p.pairing, p.dim, i);
      for (std::size_t h = 0; h < sum.size(); ++h) {
        const double *a = before.a + h * static_cast<std::size_t>(p.dim), *b = before.b + h * static_cast<std::size_t>(p.dim);
        const long double a1 = a[first], a2 = a[second], b1 = b[first], b2 = b[second];
        sum[h] += (a1 * b1 + a2 * b2) * c + (a1 * b2 - a2 * b1) * s;
        bound[h] += static_cast<double>(std::fabs(a1 * b1) + std::fabs(a2 * b2) + std::fabs(a1 * b2) + std::fabs(a2 * b1)) *
                    std::expm1(slip + gamma(growth(p.dim) + 3, u));
      }
    }
    for (std::size_t h = 0; h < sum.size(); ++h) {
      const std::size_t at = h * static_cast<std::size_t>(p.count) + static_cast<std::size_t>(t);
      curve.value[at] = static_cast<double>(sum[h]);
      curve.bound[at] = bound[h] + n.store * (std::fabs(curve.value[at]) + bound[h]);
    }
  }
  return {curve};
}

} // namespace assay
