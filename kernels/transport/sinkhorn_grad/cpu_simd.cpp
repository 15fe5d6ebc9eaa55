// In vectors of columns; a pair's difference serves its cost and its pull, and stays in registers where points have up to three
// coordinates. Differences are of coordinates as given: scaled ones would be rounded beside points that lie close. Limit: arithmetic, in
// the plane 9 operations and the power's 14; wide points, loads of sums that do not fit registers.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/simd.hpp"
#include "kernels/transport/entropic.hpp"
#include "reference/transport/sinkhorn_grad.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/sinkhorn_grad/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/pairs-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

// 2^(own + h - scale square), infinite from 2^128 on.
HWY_INLINE V power(float own, const float* h, float scale, V square) {
  const D d;
  const V exponent = hn::NegMulAdd(hn::Set(d, scale), square, hn::Add(hn::Set(d, own), hn::LoadU(d, h)));
  return exp2(d, hn::Min(exponent, hn::Set(d, 128.0f)));
}

// dx[i, k] = sum_j 2^(own_i + h_j - scale |z_i - z_j|^2) (z_ik - z_jk)
template <std::size_t dim> void gradient(const Side& z, const Side& to, const float* own, const float* h, float scale, float* dx) {
  const D d;
  constexpr std::size_t panel = transport::panel;
  for (std::size_t i = 0; i < z.count; ++i) {
    V x[dim], sum[dim];
#pragma GCC unroll 3
    for (std::size_t k = 0; k < dim; ++k) x[k] = hn::Set(d, z.points[z.at(i) + k * panel]), sum[k] = hn::Zero(d);
    for (std::size_t j = 0; j < to.count; j += lanes) {
      V apart[dim], square = hn::Zero(d);
#pragma GCC unroll 3
      for (std::size_t k = 0; k < dim; ++k) {
        apart[k] = hn::Sub(x[k], hn::LoadU(d, to.points + to.at(j) + k * panel));
        square = hn::MulAdd(apart[k], apart[k], square);
      }
      const V w = power(own[i], h + j, scale, square);
#pragma GCC unroll 3
      for (std::size_t k = 0; k < dim; ++k) sum[k] = hn::MulAdd(w, apart[k], sum[k]);
    }
    for (std::size_t k = 0; k < dim; ++k) dx[i * dim + k] = sum_of(sum[k]);
  }
}

// The same for any number of coordinates: four vectors of columns at a time, sums in memory.
void wide_gradient(const Side& z, const Side& to, const float* own, const float* h, float scale, float* dx) {
  const D d;
  constexpr std::size_t panel = transport::panel, vectors = 4;
  std::vector<float> sums(z.dim * lanes);
  for (std::size_t i = 0; i < z.count; ++i) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (std::size_t j = 0; j < to.count; j += vectors * lanes) {
      V w[1][vectors];
      for (V& each : w[0]) each = hn::Zero(d);
      for_coordinates<0>(z, i, to, j, w, [](V x, V y, V square) HWY_ATTR {
        const V apart = hn::Sub(x, y);
        return hn::MulAdd(apart, apart, square);
      });
      for (std::size_t v = 0; v < vectors; ++v) w[0][v] = power(own[i], h + j + v * lanes, scale, w[0][v]);
      const float *const from = z.points + z.at(i), *const columns = to.points + to.at(j);
      for (std::size_t k = 0; k < z.dim; ++k) {
        const V x = hn::Set(d, from[k * panel]);
        V sum = hn::LoadU(d, sums.data() + k * lanes);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) sum = hn::MulAdd(w[0][v], hn::Sub(x, hn::LoadU(d, columns + k * panel + v * lanes)), sum);
        hn::StoreU(sum, d, sums.data() + k * lanes);
      }
    }
    for (std::size_t k = 0; k < z.dim; ++k) dx[i * z.dim + k] = sum_of(hn::LoadU(d, sums.data() + k * lanes));
  }
}

void Gradient(const Side& z, const Side& to, const float* own, const float* h, float scale, float* dx) {
  (z.dim == 1 ? gradient<1> : z.dim == 2 ? gradient<2> : z.dim == 3 ? gradient<3> : wide_gradient)(z, to, own, h, scale, dx);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

using transport::Side;
HWY_EXPORT(Gradient);

std::vector<float> in_panels(const float* at, int count, int dim, Side& side) {
  side = {static_cast<std::size_t>(count), transport::padded(static_cast<std::size_t>(count)), static_cast<std::size_t>(dim), nullptr};
  std::vector<float> points(side.padded * side.dim, 0.0f);
  for (std::size_t i = 0; i < side.count; ++i)
    for (std::size_t k = 0; k < side.dim; ++k) points[side.at(i) + k * transport::panel] = at[i * side.dim + k];
  side.points = points.data();
  return points;
}

void run(const SinkhornGrad::Problem& p, const SinkhornGrad::Args<float>& a, const Launch&) {
  const auto finite = [](float z) { return std::isfinite(z); };
  const std::size_t d = static_cast<std::size_t>(p.dim);
  if (!transport::fit(p, a, numerics::u32) || !std::all_of(a.f, a.f + p.n, finite) || !std::all_of(a.g, a.g + p.m, finite)) {
    std::fill(a.dx, a.dx + static_cast<std::size_t>(p.n) * d, std::numeric_limits<float>::quiet_NaN());
    return;
  }
  Side rows, columns;
  const std::vector<float> x = in_panels(a.x, p.n, p.dim, rows), y = in_panels(a.y, p.m, p.dim, columns);
  const double scale = 1.4426950408889634 / p.eps;
  std::vector<float> own(rows.count), h(columns.padded, -std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < rows.count; ++i) own[i] = static_cast<float>(scale * a.f[i]);
  for (std::size_t j = 0; j < columns.count; ++j) h[j] = static_cast<float>(scale * a.g[j] + std::log2(static_cast<double>(a.b[j])));
  HWY_DYNAMIC_DISPATCH(Gradient)(rows, columns, own.data(), h.data(), static_cast<float>(scale), a.dx);
  for (std::size_t i = 0; i < rows.count; ++i)
    for (std::size_t k = 0; k < d; ++k) a.dx[i * d + k] *= 2 * a.a[i];
}

} // namespace

ASSAY_VARIANT(Variant<SinkhornGrad, float>{.name = "cpu_simd",
                                           .idea = "vectors of columns, powers of two, differences used twice",
                                           .numerics = numerics::f32,
                                           .repeatable = true,
                                           .run = run});

} // namespace assay
#endif // HWY_ONCE
