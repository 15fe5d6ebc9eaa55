// In vectors, in powers of two: coordinates are scaled by sqrt(log2(e) / eps) about the centre of the box, so that an exponent is a sum
// less squares. A sum's origin is its logarithm of the sweep before: log-sum-exp moves by no more than its terms did, so while these moved
// by less than 2^60 nothing overflows, what is dropped is below 2^-66 of the sum a term, and one pass is enough. Otherwise two.
// Limit: arithmetic, about 20 instructions for a vector of pairs in the plane, of which 14 are the power.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/simd.hpp"
#include "kernels/transport/entropic.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/sinkhorn/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/pairs-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

// How pairs are gone through: points of few coordinates one against two vectors, all in registers; wide ones two against four, as many
// sums of products as an fma waits for, and `block` of them before the next panel of columns, which stays in the nearest cache meanwhile.
template <std::size_t dim> struct Shape { static constexpr std::size_t rows = dim == 0 ? 2 : 1, vectors = dim == 0 ? 4 : 2, block = 32; };
template <std::size_t dim> using State = V[Shape<dim>::block]; // one vector for each row of a block

struct Most {
  HWY_INLINE V operator()(V most, V e) const { return hn::Max(most, e); }
};
struct Powers {
  Origin origin;
  HWY_INLINE V operator()(V sum, V e) const { return hn::Add(sum, origin.exp2_of(e)); }
};

// state[r] = step(r)(state[r], e) for all vectors of exponents e_j = less_j + z_(i + r) . z_j.
template <std::size_t dim, class Step>
HWY_INLINE void over_columns(const Side& z, std::size_t i, const Side& to, const float* less, State<dim>& state, const Step& step) {
  using S = Shape<dim>;
  const std::size_t stretch = dim == 0 ? transport::panel : to.padded;
  for (std::size_t from = 0; from < to.count; from += stretch)
    for (std::size_t r = 0; r < S::block && i + r < z.count; r += S::rows) { // the last row may be a point beyond the last: zeros
      const decltype(step(r)) merge[] = {step(r), step(r + S::rows - 1)};
      V now[] = {state[r], state[r + S::rows - 1]};
      for (std::size_t j = from, past = std::min(from + stretch, to.count); j < past; j += S::vectors * lanes) {
        V e[S::rows][S::vectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < S::vectors; ++v)
#pragma GCC unroll 2
          for (std::size_t k = 0; k < S::rows; ++k) e[k][v] = hn::LoadU(D(), less + j + v * lanes);
        for_coordinates<dim>(z, i + r, to, j, e, [](V x, V y, V sum) HWY_ATTR { return hn::MulAdd(x, y, sum); });
#pragma GCC unroll 4
        for (std::size_t v = 0; v < S::vectors; ++v)
#pragma GCC unroll 2
          for (std::size_t k = 0; k < S::rows; ++k) now[k] = merge[k](now[k], e[k][v]);
      }
#pragma GCC unroll 2
      for (std::size_t k = 0; k < S::rows; ++k) state[r + k] = now[k];
    }
}

// max_j less_j + z_i . z_j for a block of rows.
template <std::size_t dim> HWY_INLINE void largest(const Side& z, std::size_t i, const Side& to, const float* less, float* out) {
  State<dim> most;
  for (V& each : most) each = hn::Set(D(), -std::numeric_limits<float>::infinity());
  over_columns<dim>(z, i, to, less, most, [](std::size_t) HWY_ATTR { return Most(); });
  for (std::size_t r = 0; r < Shape<dim>::block && i + r < z.count; ++r) out[r] = max_of(most[r]);
}

// log2 sum_j 2^(less_j + z_i . z_j) for every i; `out` has what it was before, unless fresh.
template <std::size_t dim> void log_sums(const Side& z, const Side& to, const float* less, bool fresh, float* out) {
  constexpr std::size_t block = Shape<dim>::block;
  for (std::size_t i = 0; i < z.count; i += block) {
    if (fresh) largest<dim>(z, i, to, less, out + i);
    float origin[block] = {};
    State<dim> sum;
    for (V& each : sum) each = hn::Zero(D());
    for (std::size_t r = 0; r < block && i + r < z.count; ++r) origin[r] = std::nearbyint(out[i + r]);
    over_columns<dim>(z, i, to, less, sum, [&](std::size_t r) HWY_ATTR { return Powers{Origin(origin[r])}; });
    for (std::size_t r = 0; r < block && i + r < z.count; ++r) out[i + r] = origin[r] + std::log2(sum_of(sum[r]));
  }
}

void Largest(const Side& z, const Side& to, const float* less, float* out) {
  for (std::size_t i = 0; i < z.count; i += Shape<0>::block) largest<0>(z, i, to, less, out + i);
}

// Sum of w_j = 2^(h_j - origin_i - |z_i - z_j|^2 / 2), and of w_j |z_i - z_j|^2, for every i. The latter wants differences.
void Weighted(const Side& z, const Side& to, const float* h, const float* origin, float* mass, float* cost) {
  const D d;
  for (std::size_t i = 0; i < z.count; ++i) {
    const V from = hn::Set(d, origin[i]);
    V sum = hn::Zero(d), costs = hn::Zero(d);
    for (std::size_t j = 0; j < to.count; j += 4 * lanes) {
      V square[1][4];
      for (V& each : square[0]) each = hn::Zero(d);
      for_coordinates<0>(z, i, to, j, square, [](V x, V y, V so_far) HWY_ATTR {
        const V apart = hn::Sub(x, y);
        return hn::MulAdd(apart, apart, so_far);
      });
      for (std::size_t v = 0; v < 4; ++v) {
        const V term = hn::Sub(hn::LoadU(d, h + j + v * lanes), from);
        const V w = exp2(d, hn::NegMulAdd(hn::Set(d, 0.5f), square[0][v], term));
        sum = hn::Add(sum, w);
        costs = hn::MulAdd(w, square[0][v], costs);
      }
    }
    mass[i] = sum_of(sum);
    cost[i] = sum_of(costs);
  }
}

void LogSums(const Side& z, const Side& to, const float* less, bool fresh, float* out) {
  (z.dim == 1 ? log_sums<1> : z.dim == 2 ? log_sums<2> : z.dim == 3 ? log_sums<3> : log_sums<0>)(z, to, less, fresh, out);
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
HWY_EXPORT(Largest);
HWY_EXPORT(Weighted);

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr double ln2 = 0.69314718055994531;

// Points and weights of one side, and what changes from sweep to sweep. All logarithms are to base 2, and so scaled that costs are half of
// squared distances: c_ij = half_i + half_j - z_i . z_j.
struct Half {
  std::vector<float> points, half, weight; // half: of the squared norm; weight: its logarithm, -infinity beyond the last point
  std::vector<float> term;                 // of a point in sums of the other side: weight and potential
  std::vector<float> less;                 // the same, less `half`
  std::vector<float> sum, origin;          // log-sum-exp against the other side, of which the potential is -eps ln 2; the same and `half`
  Side side;
  bool summed = false;
  float moved = infinite; // the furthest that a term moved when it was last made

  Half(const float* at, const float* w, int count, int dim, const double* centre, double scale)
      : side{static_cast<std::size_t>(count), transport::padded(static_cast<std::size_t>(count)), static_cast<std::size_t>(dim), nullptr} {
    points.assign(side.dim * side.padded, 0.0f);
    half.assign(side.padded, 0.0f);
    weight.assign(side.padded, -infinite);
    for (std::size_t i = 0; i < side.count; ++i) {
      weight[i] = std::log2(w[i]);
      double squares = 0;
      for (std::size_t k = 0; k < side.dim; ++k) {
        const auto z = static_cast<float>((static_cast<double>(at[i * side.dim + k]) - centre[k]) * scale);
        points[side.at(i) + k * transport::panel] = z;
        squares += static_cast<double>(z) * z;
      }
      half[i] = static_cast<float>(squares / 2);
    }
    side.points = points.data();
    term = less = weight;
    sum.assign(side.count, 0.0f);
    origin = sum;
    for (std::size_t i = 0; i < side.count; ++i) less[i] = weight[i] - half[i];
  }

  // Logarithms of sums over the other side, of terms `from` less half; `origins` as log_sums has them.
  void sum_over(const Half& other, const std::vector<float>& from, bool fresh, std::vector<float>& origins, std::vector<float>& to) const {
    HWY_DYNAMIC_DISPATCH(LogSums)(side, other.side, from.data(), fresh, origins.data());
    for (std::size_t i = 0; i < side.count; ++i) to[i] = origins[i] - half[i];
  }

  void update(const Half& other) {
    constexpr float little = 60;
    sum_over(other, other.less, !summed || !(other.moved <= little), origin, sum);
    summed = true;
    moved = 0;
    for (std::size_t i = 0; i < side.count; ++i) {
      const float now = weight[i] - sum[i];
      if (weight[i] > -infinite) moved = std::max(moved, std::fabs(now - term[i]));
      term[i] = now;
      less[i] = now - half[i];
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
  const double unit = p.eps * ln2, scale = std::sqrt(2 / unit); // unit: of potentials
  Half rows(a.x, a.a, p.n, p.dim, centre.data(), scale), columns(a.y, a.b, p.m, p.dim, centre.data(), scale);
  for (int sweep = 0; sweep < p.iterations; ++sweep) {
    rows.update(columns);
    columns.update(rows);
  }
  const std::size_t n = rows.side.count, m = columns.side.count;
  std::vector<float> next(n), column(m), origins(std::max(n, m)), kept(n), mass(n), cost(n);
  std::vector<float> r = rows.less, potential(rows.side.padded, -infinite); // r: with the logarithms of what scales rows
  rows.sum_over(columns, columns.less, true, origins, next);
  double value = 0, marginal = 0, lower = 0, upper = 0;
  for (std::size_t i = 0; i < n; ++i) {
    a.f[i] = static_cast<float>(-unit * rows.sum[i]);
    const float apart = next[i] - rows.sum[i];
    kept[i] = std::min(0.0f, -apart);
    r[i] += kept[i];
    if (a.a[i] > 0) potential[i] = -rows.sum[i] - rows.half[i];
    value += static_cast<double>(a.a[i]) * a.f[i];
    marginal += static_cast<double>(a.a[i]) * std::fabs(std::expm1(ln2 * apart));
  }
  lower = value;
  columns.sum_over(rows, r, true, origins, column);
  HWY_DYNAMIC_DISPATCH(Largest)(columns.side, rows.side, potential.data(), origins.data());
  std::vector<float> s = columns.term; // with the logarithms of what scales columns
  std::vector<double> rows_lack(n), columns_lack(m);
  for (std::size_t j = 0; j < m; ++j) {
    a.g[j] = static_cast<float>(-unit * columns.sum[j]);
    const float apart = column[j] - columns.sum[j]; // of the column's mass to b_j
    s[j] += std::min(0.0f, -apart);
    columns_lack[j] = apart < 0 ? -static_cast<double>(a.b[j]) * std::expm1(ln2 * apart) : 0;
    value += static_cast<double>(a.b[j]) * a.g[j];
    lower += static_cast<double>(a.b[j]) * unit * (static_cast<double>(columns.half[j]) - origins[j]);
  }
  HWY_DYNAMIC_DISPATCH(Weighted)(rows.side, columns.side, s.data(), rows.sum.data(), mass.data(), cost.data());
  for (std::size_t i = 0; i < n; ++i) {
    const double scaled = a.a[i] * std::exp2(static_cast<double>(kept[i]));
    rows_lack[i] = std::max(0.0, a.a[i] - scaled * mass[i]);
    upper += unit / 2 * scaled * cost[i];
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
