#include "reference/projection/jl.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>

namespace assay::jl {

Tails chi_squared_tails(double dof, double low, double high) {
  const boost::math::chi_squared law(dof);
  return {boost::math::cdf(law, low), boost::math::cdf(boost::math::complement(law, high))};
}

double bad_pair_probability(double d, double eps) {
  const auto [lower, upper] = chi_squared_tails(d, d * (1 - eps), d * (1 + eps));
  return lower + upper;
}

double pairs_of(double n) { return n * (n - 1) / 2; }

std::int64_t minimal_dimension(double pairs, double eps, double delta) {
  const auto enough = [=](std::int64_t d) { return pairs * bad_pair_probability(static_cast<double>(d), eps) <= delta; };
  std::int64_t low = 0, high = 1; // enough(high) and not enough(low), 0 dimensions never being enough
  while (!enough(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

double dimension_at(double pairs, double eps, double delta) {
  double high = static_cast<double>(minimal_dimension(pairs, eps, delta)), low = std::max(high - 1, 1e-3);
  for (double middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2)
    (pairs * bad_pair_probability(middle, eps) <= delta ? high : low) = middle;
  return high;
}

double asymptotic_slope(double eps) { return 4 / (eps - std::log1p(eps)); }

void count_bad_pairs(const Cloud& cloud, std::span<const int> dims, double eps, double (*squared)(int i, int j),
                     std::span<std::int64_t> bad) {
  constexpr int lanes = 8; // a compile-time count lets the compiler keep eight sums in vector registers
  constexpr double no_pair = std::numeric_limits<double>::quiet_NaN(); // compares false, so it is never bad
  const auto column = static_cast<std::size_t>(cloud.d) * lanes;
  std::fill(bad.begin(), bad.end(), 0);
  for (int i = 0; i < cloud.n; ++i) {
    const double* const yi = cloud.y.data() + static_cast<std::size_t>(i / lanes) * column + static_cast<std::size_t>(i % lanes);
    for (int block = i / lanes; block * lanes < cloud.n; ++block) {
      const double* const yj = cloud.y.data() + static_cast<std::size_t>(block) * column;
      std::array<double, lanes> sum{}, length;
      for (int l = 0; l < lanes; ++l) {
        const int j = block * lanes + l;
        length[static_cast<std::size_t>(l)] = i < j && j < cloud.n ? squared(i, j) : no_pair;
      }
      int k = 0;
      for (std::size_t g = 0; g < dims.size(); ++g) {
        for (; k < dims[g]; ++k)
          for (std::size_t l = 0; l < lanes; ++l) {
            const double difference = yi[k * lanes] - yj[static_cast<std::size_t>(k) * lanes + l];
            sum[l] += difference * difference;
          }
        const double low = dims[g] * (1 - eps), high = dims[g] * (1 + eps);
        int count = 0;
        for (std::size_t l = 0; l < lanes; ++l) count += (sum[l] < low * length[l]) + (sum[l] > high * length[l]);
        bad[g] += count;
      }
    }
  }
}

} // namespace assay::jl
