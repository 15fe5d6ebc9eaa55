#include "reference/rope/profile.hpp"

#include <algorithm>
#include <cmath>

namespace assay::rope {

Profile term_profile(const std::vector<Pairs>& q, const std::vector<Pairs>& k, const Pairs& a, const Pairs& b,
                     const std::vector<double>& theta, const std::vector<std::size_t>& distances) {
  Profile profile;
  for (const std::size_t distance : distances) {
    const auto back = -static_cast<double>(distance);
    const Pairs phase = rotated(Pairs(theta.size(), 1.0), theta, back);                  // R_{n-m}
    const Pairs turned_b = rotated(b, theta, back), turned_a = rotated(a, theta, -back); // a.R k = (R^T a).k
    std::array<double, 4> sum{}, squares{};
    const std::size_t count = q.size() - distance;
    for (std::size_t n = 0; n < count; ++n) {
      const Pairs& query = q[n + distance];
      double score = 0;
      for (std::size_t i = 0; i < phase.size(); ++i) score += (std::conj(query[i]) * k[n][i] * phase[i]).real();
      const std::array<double, 4> term = {score, dot(turned_a, k[n]), dot(query, turned_b), dot(a, turned_b)};
      for (std::size_t t = 0; t < 4; ++t) {
        sum[t] += term[t];
        squares[t] += term[t] * term[t];
      }
    }
    std::array<Spread, 4>& row = profile.emplace_back();
    for (std::size_t t = 0; t < 4; ++t) {
      const double mean = sum[t] / static_cast<double>(count);
      row[t] = {mean, std::sqrt(std::max(0., squares[t] / static_cast<double>(count) - mean * mean))};
    }
  }
  return profile;
}

} // namespace assay::rope
