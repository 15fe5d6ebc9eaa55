// Sinkhorn on a device, around the passes over all pairs, which are the variants' own: points about the centre of the box, in units in
// which exponents are powers of two less squared distances; what is done once for each point between passes; last sums, in double. In an
// unnamed namespace: the same source is compiled once for every backend that executes it.
#pragma once

#include <cmath>

#include "kernels/carver.hpp"
#include "kernels/device/numbers.hpp"
#include "kernels/transport/examine.cuh"
#include "reference/transport/sinkhorn.hpp"

namespace assay {
namespace {

// One cloud. All logarithms are to base 2.
struct Cloud {
  int count, dim;
  const float *at, *mass;       // as given
  float *points, *weight;       // [count, dim] scaled; logarithms of masses
  float *term, *sum;            // weight and potential in sums of the other side; log-sum-exp against it: the potential is -eps ln 2 sum
  float *scaled_term, *against; // term with the logarithm of what scales this row or column; a second log-sum-exp
  double* lack;                 // what the scaled plan lacks of the mass

  Cloud(int n, int d, const float* x, const float* w, Carver& carver) : count(n), dim(d), at(x), mass(w) {
    points = carver.take<float>(std::int64_t{n} * d);
    for (float** each : {&weight, &term, &sum, &scaled_term, &against}) *each = carver.take<float>(n);
    lack = carver.take<double>(n);
  }
};

struct Workspace {
  Carver carver;
  Cloud rows, columns;
  float *nearest, *kept_mass, *kept_cost; // of columns; of rows
  double* centre;
  int* fine;
  Workspace(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const void* memory)
      : carver(memory), rows(p.n, p.dim, a.x, a.a, carver), columns(p.m, p.dim, a.y, a.b, carver) {
    nearest = carver.take<float>(p.m);
    kept_mass = carver.take<float>(p.n);
    kept_cost = carver.take<float>(p.n);
    centre = carver.take<double>(p.dim);
    fine = carver.take<int>(1);
  }
};

constexpr int narrow_block = 128;
__device__ inline int own_point() { return static_cast<int>(blockIdx.x * narrow_block + threadIdx.x); }

__global__ void __launch_bounds__(narrow_block) write_cloud(Cloud c, const double* centre, double scale) {
  const int i = own_point();
  if (i >= c.count) return;
  for (int k = 0; k < c.dim; ++k) {
    const std::int64_t at = static_cast<std::int64_t>(i) * c.dim + k;
    c.points[at] = static_cast<float>((static_cast<double>(c.at[at]) - centre[k]) * scale);
  }
  c.weight[i] = log2f(c.mass[i]);
  c.term[i] = c.weight[i];
}

// After the next f is in `against`: rows keep min(1, 2^(sum - against)) of their mass.
__global__ void __launch_bounds__(narrow_block) scale_rows(Cloud c, float* f, double unit, const int* fine) {
  const int i = own_point();
  if (i >= c.count) return;
  f[i] = *fine != 0 ? static_cast<float>(-unit * static_cast<double>(c.sum[i])) : NAN;
  c.scaled_term[i] = c.term[i] + fminf(0.0f, c.sum[i] - c.against[i]);
}

// After the logarithm of what rows keep of a column, over b_j 2^-sum, is in `against`.
__global__ void __launch_bounds__(narrow_block) scale_columns(Cloud c, float* g, double unit, const int* fine) {
  const int j = own_point();
  if (j >= c.count) return;
  g[j] = *fine != 0 ? static_cast<float>(-unit * static_cast<double>(c.sum[j])) : NAN;
  const float apart = c.against[j] - c.sum[j];
  c.scaled_term[j] = c.term[j] + fminf(0.0f, -apart);
  c.lack[j] = apart < 0 ? -static_cast<double>(c.mass[j]) * expm1(ln2 * static_cast<double>(apart)) : 0;
}

__global__ void __launch_bounds__(wide_block) finish(Workspace w, double unit, double* result) {
  const Cloud &rows = w.rows, &columns = w.columns;
  const auto t = static_cast<int>(threadIdx.x);
  double dual = 0, marginal = 0, upper = 0, lacking = 0;
  for (int i = t; i < rows.count; i += wide_block) {
    const auto a = static_cast<double>(rows.mass[i]), apart = static_cast<double>(rows.against[i]) - static_cast<double>(rows.sum[i]);
    const double kept = a * exp2(fmin(0.0, -apart));
    dual -= a * unit * static_cast<double>(rows.sum[i]);
    marginal += a * fabs(expm1(ln2 * apart));
    upper += unit * kept * static_cast<double>(w.kept_cost[i]);
    rows.lack[i] = fmax(0.0, a - kept * static_cast<double>(w.kept_mass[i]));
    lacking += rows.lack[i];
  }
  double conjugate = 0, nearest = 0, missing = 0;
  for (int j = t; j < columns.count; j += wide_block) {
    const auto b = static_cast<double>(columns.mass[j]);
    conjugate -= b * unit * static_cast<double>(columns.sum[j]);
    nearest += b * unit * static_cast<double>(w.nearest[j]);
    missing += columns.lack[j];
  }
  dual = summed(dual), marginal = summed(marginal), upper = summed(upper), lacking = summed(lacking);
  conjugate = summed(conjugate), nearest = summed(nearest), missing = summed(missing);
  double rest = 0; // sum_ij p_i q_j |x_i - y_j|^2 about a point
  for (int k = 0; k < rows.dim; ++k) {
    const auto origin = static_cast<double>(rows.at[k]);
    double first[2] = {0, 0}, second[2] = {0, 0};
    const auto moments = [&](const Cloud& c, int side) {
      for (int i = t; i < c.count; i += wide_block) {
        const double z = static_cast<double>(c.at[static_cast<std::int64_t>(i) * c.dim + k]) - origin;
        first[side] += c.lack[i] * z, second[side] += c.lack[i] * z * z;
      }
      first[side] = summed(first[side]), second[side] = summed(second[side]);
    };
    moments(rows, 0), moments(columns, 1);
    rest += second[0] * missing + second[1] * lacking - 2 * first[0] * first[1];
  }
  if (t != 0) return;
  const bool fine = *w.fine != 0;
  result[0] = fine ? dual + conjugate : NAN;
  result[1] = fine ? marginal : NAN;
  result[2] = fine ? dual + nearest : NAN;
  result[3] = fine ? upper + (lacking > 0 ? rest / lacking : 0) : NAN;
}

// What a pass over pairs makes for points z of one cloud from `term` of the other, columns c:
//   log_sums   log2 sum_c 2^(term_c - |z - z_c|^2); and, if asked for, weight - that as the new term
//   nearest    min_c |z - z_c|^2 + sum_c, over columns of positive mass
//   kept       sum_c w_c and sum_c w_c |z - z_c|^2, w_c = 2^(scaled term_c - sum_z - |z - z_c|^2)
template <class Passes> void solve(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  const Workspace w(p, a, launch.scratch.data());
  const Cloud &rows = w.rows, &columns = w.columns;
  const double unit = p.eps * ln2;
  const auto each_point = [&](int count) -> gpu::Shape {
    return {static_cast<unsigned>((count + narrow_block - 1) / narrow_block), narrow_block, 0, launch.stream};
  };
  const gpu::Shape one_block{1, wide_block, 0, launch.stream};
  gpu::launch(one_block, examine, p.n, p.m, p.dim, a.x, a.a, a.y, a.b, p.eps, w.centre, w.fine);
  const double scale = 1 / std::sqrt(unit);
  gpu::launch(each_point(p.n), write_cloud, rows, w.centre, scale);
  gpu::launch(each_point(p.m), write_cloud, columns, w.centre, scale);
  for (int sweep = 0; sweep < p.iterations; ++sweep) {
    Passes::log_sums(rows, columns, columns.term, rows.sum, rows.term, launch);
    Passes::log_sums(columns, rows, rows.term, columns.sum, columns.term, launch);
  }
  Passes::log_sums(rows, columns, columns.term, rows.against, nullptr, launch);
  gpu::launch(each_point(p.n), scale_rows, rows, a.f, unit, w.fine);
  Passes::log_sums(columns, rows, rows.scaled_term, columns.against, nullptr, launch);
  Passes::nearest(columns, rows, w.nearest, launch);
  gpu::launch(each_point(p.m), scale_columns, columns, a.g, unit, w.fine);
  Passes::kept(rows, columns, w.kept_mass, w.kept_cost, launch);
  gpu::launch(one_block, finish, w, unit, a.result);
}

inline std::size_t workspace_size(const Sinkhorn::Problem& p) { return Workspace(p, {}, nullptr).carver.used(); }

} // namespace
} // namespace assay
