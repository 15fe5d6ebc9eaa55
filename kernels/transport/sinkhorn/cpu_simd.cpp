// In vectors, in powers of two: coordinates are scaled by sqrt(log2(e) / eps) about the centre of the box, so that an exponent is a sum
// less squares. A sum's origin is its logarithm of the sweep before: log-sum-exp moves by no more than its terms did, so while these moved
// by less than 2^60 nothing overflows, what is dropped is below 2^-66 of the sum a term, and one pass is enough. Otherwise two.
// Limit: arithmetic, about 20 instructions for a vector of pairs in the plane, of which 14 are the power.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/transport/entropic.hpp"
#include "kernels/variant.hpp"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128) // no FMA, or no arrays of vectors
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/sinkhorn/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/attention/tiles-inl.h"
#include "kernels/transport/sinkhorn/side.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using transport::Side;

constexpr std::size_t step = 4 * lanes; // columns at a time
static_assert(transport::padding % step == 0);

// Squared distance of point i of `z` from `lanes` columns of `to`, from column j on. dim 0: as many as there are.
template <std::size_t dim> HWY_INLINE V squares(const Side& z, std::size_t i, const Side& to, std::size_t j) {
  const D d;
  V sum = hn::Zero(d);
#pragma GCC unroll 4
  for (std::size_t k = 0; k < (dim == 0 ? z.dim : dim); ++k) {
    const V apart = hn::Sub(hn::Set(d, z.points[k * z.padded + i]), hn::LoadU(d, to.points + k * to.padded + j));
    sum = hn::MulAdd(apart, apart, sum);
  }
  return sum;
}

// log2 sum_j 2^(h_j - |z_i - z_j|^2) for every i; `origin` has what it was before, where fresh is false. May be the same array.
template <std::size_t dim> void log_sums(const Side& z, const Side& to, const float* h, bool fresh, const float* origin, float* out) {
  const D d;
  for (std::size_t i = 0; i < z.count; ++i) {
    float from = fresh ? 0 : origin[i];
    if (fresh) {
      V most = hn::Set(d, -std::numeric_limits<float>::infinity());
      for (std::size_t j = 0; j < to.padded; j += lanes) most = hn::Max(most, hn::Sub(hn::LoadU(d, h + j), squares<dim>(z, i, to, j)));
      from = max_of(most);
    }
    const V shift = hn::Set(d, from);
    V sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::size_t j = 0; j < to.padded; j += step)
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) {
        const V term = hn::Sub(hn::LoadU(d, h + j + k * lanes), shift);
        sum[k] = hn::Add(sum[k], exp2(hn::Sub(term, squares<dim>(z, i, to, j + k * lanes))));
      }
    out[i] = from + std::log2(sum_of(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]))));
  }
}

// min_j |z_i - z_j|^2 - h_j for every i.
template <std::size_t dim> void minima(const Side& z, const Side& to, const float* h, float* out) {
  const D d;
  for (std::size_t i = 0; i < z.count; ++i) {
    V most = hn::Set(d, -std::numeric_limits<float>::infinity());
    for (std::size_t j = 0; j < to.padded; j += lanes) most = hn::Max(most, hn::Sub(hn::LoadU(d, h + j), squares<dim>(z, i, to, j)));
    out[i] = -max_of(most);
  }
}

// Sum of w_j = 2^(h_j - origin_i - |z_i - z_j|^2), and of w_j |z_i - z_j|^2, for every i.
template <std::size_t dim> void weighted(const Side& z, const Side& to, const float* h, const float* origin, float* mass, float* cost) {
  const D d;
  for (std::size_t i = 0; i < z.count; ++i) {
    const V shift = hn::Set(d, origin[i]);
    V sum = hn::Zero(d), costs = hn::Zero(d);
    for (std::size_t j = 0; j < to.padded; j += lanes) {
      const V apart = squares<dim>(z, i, to, j), w = exp2(hn::Sub(hn::Sub(hn::LoadU(d, h + j), shift), apart));
      sum = hn::Add(sum, w);
      costs = hn::MulAdd(w, apart, costs);
    }
    mass[i] = sum_of(sum);
    cost[i] = sum_of(costs);
  }
}

void LogSums(const Side& z, const Side& to, const float* h, bool fresh, const float* origin, float* out) {
  (z.dim == 1 ? log_sums<1> : z.dim == 2 ? log_sums<2> : z.dim == 3 ? log_sums<3> : log_sums<0>)(z, to, h, fresh, origin, out);
}
void Minima(const Side& z, const Side& to, const float* h, float* out) { minima<0>(z, to, h, out); }
void Weighted(const Side& z, const Side& to, const float* h, const float* origin, float* mass, float* cost) {
  weighted<0>(z, to, h, origin, mass, cost);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

using transport::Side;
HWY_EXPORT(LogSums);
HWY_EXPORT(Minima);
HWY_EXPORT(Weighted);

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr double ln2 = 0.69314718055994531;

// Points and logarithms of weights of one side, and what changes from sweep to sweep. All logarithms are to base 2.
struct Half {
  std::vector<float> points, weight, term; // term: weight's logarithm and potential; -infinity beyond the last point
  std::vector<float> sum;                  // log-sum-exp against the other side: the potential is -eps ln 2 times it
  Side side;
  bool summed = false;
  float moved = infinite; // the furthest that a term moved when it was last made

  Half(const float* at, const float* w, int count, int dim, const double* centre, double scale)
      : side{static_cast<std::size_t>(count), transport::padded(count), static_cast<std::size_t>(dim), nullptr} {
    points.assign(side.dim * side.padded, 0.0f);
    weight.assign(side.padded, -infinite);
    for (std::size_t i = 0; i < side.count; ++i) {
      weight[i] = std::log2(w[i]);
      for (std::size_t k = 0; k < side.dim; ++k)
        points[k * side.padded + i] = static_cast<float>((static_cast<double>(at[i * side.dim + k]) - centre[k]) * scale);
    }
    side.points = points.data();
    term = weight;
    sum.assign(side.count, 0.0f);
  }

  void update(const Half& other) {
    constexpr float little = 60;
    HWY_DYNAMIC_DISPATCH(LogSums)(side, other.side, other.term.data(), !summed || !(other.moved <= little), sum.data(), sum.data());
    summed = true;
    moved = 0;
    for (std::size_t i = 0; i < side.count; ++i) {
      const float now = weight[i] - sum[i];
      if (weight[i] > -infinite) moved = std::max(moved, std::fabs(now - term[i]));
      term[i] = now;
    }
  }
};

void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch&) {
  if (!transport::fit(p, a, numerics::u32)) {
    std::fill(a.f, a.f + p.n, std::numeric_limits<float>::quiet_NaN());
    std::fill(a.g, a.g + p.m, std::numeric_limits<float>::quiet_NaN());
    std::fill(a.result, a.result + 4, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  std::vector<double> centre(static_cast<std::size_t>(p.dim));
  transport::squared_diagonal(a.x, p.n, a.y, p.m, p.dim, centre.data());
  const double unit = p.eps * ln2, scale = 1 / std::sqrt(unit); // unit: of potentials
  Half rows(a.x, a.a, p.n, p.dim, centre.data(), scale), columns(a.y, a.b, p.m, p.dim, centre.data(), scale);
  for (int sweep = 0; sweep < p.iterations; ++sweep) {
    rows.update(columns);
    columns.update(rows);
  }
  const std::size_t n = rows.side.count, m = columns.side.count;
  std::vector<float> next(n), r = rows.term, s = columns.term; // r, s: terms, with the logarithms of what scales rows and columns
  std::vector<float> kept(n), column(m), nearest(m), mass(n), cost(n), potential(rows.side.padded, -infinite);
  HWY_DYNAMIC_DISPATCH(LogSums)(rows.side, columns.side, columns.term.data(), true, nullptr, next.data());
  double value = 0, marginal = 0, lower = 0, upper = 0;
  for (std::size_t i = 0; i < n; ++i) {
    a.f[i] = static_cast<float>(-unit * rows.sum[i]);
    const float apart = next[i] - rows.sum[i];
    kept[i] = std::min(0.0f, -apart);
    r[i] += kept[i];
    if (a.a[i] > 0) potential[i] = -rows.sum[i];
    value += static_cast<double>(a.a[i]) * a.f[i];
    marginal += static_cast<double>(a.a[i]) * std::fabs(std::expm1(ln2 * apart));
  }
  lower = value;
  HWY_DYNAMIC_DISPATCH(LogSums)(columns.side, rows.side, r.data(), true, nullptr, column.data());
  HWY_DYNAMIC_DISPATCH(Minima)(columns.side, rows.side, potential.data(), nearest.data());
  std::vector<double> rows_lack(n), columns_lack(m);
  for (std::size_t j = 0; j < m; ++j) {
    a.g[j] = static_cast<float>(-unit * columns.sum[j]);
    const float apart = column[j] - columns.sum[j]; // of the column's mass to b_j
    s[j] += std::min(0.0f, -apart);
    columns_lack[j] = apart < 0 ? -static_cast<double>(a.b[j]) * std::expm1(ln2 * apart) : 0;
    value += static_cast<double>(a.b[j]) * a.g[j];
    lower += static_cast<double>(a.b[j]) * unit * nearest[j];
  }
  HWY_DYNAMIC_DISPATCH(Weighted)(rows.side, columns.side, s.data(), rows.sum.data(), mass.data(), cost.data());
  for (std::size_t i = 0; i < n; ++i) {
    const double scaled = a.a[i] * std::exp2(static_cast<double>(kept[i]));
    rows_lack[i] = std::max(0.0, a.a[i] - scaled * mass[i]);
    upper += unit * scaled * cost[i];
  }
  upper += transport::cost_of_product(a.x, rows_lack.data(), p.n, a.y, columns_lack.data(), p.m, p.dim);
  const double result[] = {value, marginal, lower, upper};
  std::copy(result, result + 4, a.result);
}

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cpu_simd",
                                       .idea = "powers of two in vectors, origins from the sweep before",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = run});

} // namespace assay
#endif // HWY_ONCE
