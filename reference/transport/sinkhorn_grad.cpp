#include "reference/transport/sinkhorn_grad.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/rounding.hpp"
#include "reference/sample.hpp"
#include "reference/transport/sinkhorn.hpp"
#include "reference/transport/sinkhorn_sweeps.hpp"

namespace assay {
using namespace transport;

std::string SinkhornGrad::refuse(const Problem& p) {
  return Sinkhorn::refuse({.n = p.n, .m = p.m, .dim = p.dim, .eps = p.eps, .iterations = 1});
}

Work SinkhornGrad::work(const Problem& p, const Numerics&) {
  const double pairs = static_cast<double>(p.n) * p.m;
  return {pairs * (5 * p.dim + 4), 0, pairs};
}

void SinkhornGrad::fill(const Problem& p, Args<>& a, Fill fill, Random random) {
  auto* const f = const_cast<double*>(a.f);
  auto* const g = const_cast<double*>(a.g);
  Sinkhorn::Args<> points{a.x, a.a, a.y, a.b, f, g, nullptr};
  const Sinkhorn::Problem problem{.n = p.n, .m = p.m, .dim = p.dim, .eps = p.eps, .iterations = 5};
  Sinkhorn::fill(problem, points, Fill::normal, random);
  const Clouds c{p.n, p.m, p.dim, a.x, a.a, a.y, a.b};
  const Potentials potentials = sinkhorn({{a.a, a.a + p.n}, {a.b, a.b + p.m}, [&](int i, int j) { return c.cost(i, j); }, p.eps}, 5);
  std::copy(potentials.f.begin(), potentials.f.end(), f);
  std::copy(potentials.g.begin(), potentials.g.end(), g);
  if (fill == Fill::hostile) f[p.n / 2] = std::numeric_limits<double>::infinity();
}

std::vector<Truth> SinkhornGrad::truth(const Problem& p, const Args<>& before, const Numerics& num, Sample sample) {
  const Clouds c{p.n, p.m, p.dim, before.x, before.a, before.y, before.b};
  double largest_f = 0, largest_g = 0;
  const auto see = [](double& most, double z) {
    most = std::isfinite(z) ? std::max(most, std::fabs(z)) : std::numeric_limits<double>::infinity();
  };
  for (int i = 0; i < p.n; ++i) see(largest_f, before.f[i]);
  for (int j = 0; j < p.m; ++j) see(largest_g, before.g[j]);
  const bool fine = usable(c, p.eps, num.add) && std::isfinite(largest_f + largest_g);
  const double u = num.add, L = squared_diagonal(c), R = L + largest_f + largest_g + 2 * p.eps * largest_logarithm(c);
  const double t = u * (p.dim + 20) * R / p.eps + num.exp + u * growth(p.m) + 6 * u;

  Truth dx{{}, {}, chosen(std::int64_t{p.n} * p.dim, sample, 0)};
  const std::int64_t count = dx.at.empty() ? std::int64_t{p.n} * p.dim : static_cast<std::int64_t>(dx.at.size());
  for (std::int64_t e = 0; e < count; ++e) {
    const std::int64_t at = dx.at.empty() ? e : dx.at[static_cast<std::size_t>(e)], i = at / p.dim, k = at % p.dim;
    double sum = 0, sizes = 0;
    for (std::int64_t j = 0; j < p.m; ++j) {
      const double term = before.a[i] * before.b[j] * std::exp((before.f[i] + before.g[j] - c.cost(i, j)) / p.eps) * 2 *
                          (before.x[at] - before.y[j * p.dim + k]);
      sum += term;
      sizes += std::fabs(term);
    }
    dx.value.push_back(fine ? sum : std::numeric_limits<double>::quiet_NaN());
    dx.bound.push_back(fine ? sizes * std::expm1(t) + num.store * std::fabs(sum) + p.m * 2 * lost_below(num.store) * std::sqrt(L) : 0);
  }
  return {dx};
}

} // namespace assay
