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

inline int filled(int dim) { return dim <= 2 ? 2 : dim <= 4 ? 4 : (dim + 15) / 16 * 16; }

// One cloud. All logarithms are to base 2. Arrays of floats go on to `stride`, points with zeros, all terms with -infinity.
struct Cloud {
  int count, dim, stride, width; // stride: a multiple of 128; width: coordinates, filled up with zeros
  const float *at, *mass;        // as given
  float *points, *norm;          // [width, stride] scaled; squares of their lengths
  float* weight;                 // logarithms of masses
  float *term, *sum;             // weight and potential in sums of the other side; log-sum-exp against it: the potential is -eps ln 2 sum
  float *scaled_term, *against;  // term with the logarithm of what scales this row or column; a second log-sum-exp
  float* potential;              // of rows of positive mass, -infinity of others: -sum
  double* lack;                  // what the scaled plan lacks of the mass
  Fp16* halves;                  // if asked for, of points [2, stride, width]: the nearest numbers, and what they leave

  Cloud(int n, int d, const float* x, const float* w, bool with_halves, Carver& carver)
      : count(n), dim(d), stride((n + 127) / 128 * 128), width(filled(d)), at(x), mass(w) {
    points = carver.take<float>(std::int64_t{width} * stride);
    for (float** each : {&norm, &weight, &term, &sum, &scaled_term, &against, &potential}) *each = carver.take<float>(stride);
    lack = carver.take<double>(n);
    halves = with_halves ? carver.take<Fp16>(std::int64_t{2} * stride * width) : nullptr;
  }
};

struct Workspace {
  Carver carver;
  Cloud rows, columns;
  float *nearest, *kept_mass, *kept_cost; // of columns; of rows
  double *centre, *extent;                // extent: examine.cuh
  double* sums;                           // [blocks, 7] of sum_points
  double* moments;                        // [dim, 4]
  int* fine;
  int blocks; // of sum_points
  Workspace(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, bool halves, const void* memory)
      : carver(memory), rows(p.n, p.dim, a.x, a.a, halves, carver), columns(p.m, p.dim, a.y, a.b, halves, carver) {
    nearest = carver.take<float>(p.m);
    kept_mass = carver.take<float>(p.n);
    kept_cost = carver.take<float>(p.n);
    centre = carver.take<double>(p.dim);
    extent = carver.take<double>(p.dim + 1);
    blocks = ((p.n > p.m ? p.n : p.m) + wide_block - 1) / wide_block;
    sums = carver.take<double>(std::int64_t{blocks} * 7);
    moments = carver.take<double>(std::int64_t{p.dim} * 4);
    fine = carver.take<int>(1);
  }
};

constexpr int narrow_block = 128;
__device__ inline int own_point() { return static_cast<int>(blockIdx.x * narrow_block + threadIdx.x); }

// A sum of 0 is what costs of 0 would make. Blocks of a warp: wide points are long chains of loads, for as many multiprocessors as there
// are.
__global__ void __launch_bounds__(gpu::warp) write_cloud(Cloud c, const double* centre, double scale) {
  const int i = static_cast<int>(blockIdx.x * gpu::warp + threadIdx.x);
  if (i >= c.stride) return;
  double squares = 0;
#pragma unroll 8
  for (int k = 0; k < c.width; ++k) {
    const bool there = i < c.count && k < c.dim;
    const double x = there ? static_cast<double>(c.at[static_cast<std::int64_t>(i) * c.dim + k]) - centre[k] : 0;
    const auto z = static_cast<float>(x * scale);
    c.points[static_cast<std::int64_t>(k) * c.stride + i] = z;
    squares += static_cast<double>(z) * static_cast<double>(z);
  }
  c.norm[i] = static_cast<float>(squares);
  c.weight[i] = c.term[i] = c.scaled_term[i] = c.potential[i] = i < c.count ? log2f(c.mass[i]) : -INFINITY;
  c.sum[i] = 0;
}

// After the next f is in `against`: rows keep min(1, 2^(sum - against)) of their mass.
__global__ void __launch_bounds__(narrow_block) scale_rows(Cloud c, float* f, double unit, const int* fine) {
  const int i = own_point();
  if (i >= c.count) return;
  f[i] = *fine != 0 ? static_cast<float>(-unit * static_cast<double>(c.sum[i])) : NAN;
  c.scaled_term[i] = c.term[i] + fminf(0.0f, c.sum[i] - c.against[i]);
  c.potential[i] = c.mass[i] > 0 ? -c.sum[i] : -INFINITY;
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

// One thread for a row and a column: what is summed over points. dual, marginal, upper, lacking of rows; conjugate, nearest, missing of
// columns.
__global__ void __launch_bounds__(wide_block) sum_points(Workspace w, double unit) {
  const Cloud &rows = w.rows, &columns = w.columns;
  const int i = static_cast<int>(blockIdx.x) * wide_block + static_cast<int>(threadIdx.x);
  double own[7] = {};
  if (i < rows.count) {
    const auto a = static_cast<double>(rows.mass[i]), apart = static_cast<double>(rows.against[i]) - static_cast<double>(rows.sum[i]);
    const double kept = a * exp2(fmin(0.0, -apart));
    own[0] = -a * unit * static_cast<double>(rows.sum[i]);
    own[1] = a * fabs(expm1(ln2 * apart));
    own[2] = unit * kept * static_cast<double>(w.kept_cost[i]);
    own[3] = fmax(0.0, a - kept * static_cast<double>(w.kept_mass[i]));
    rows.lack[i] = own[3];
  }
  if (i < columns.count) {
    const auto b = static_cast<double>(columns.mass[i]);
    own[4] = -b * unit * static_cast<double>(columns.sum[i]);
    own[5] = b * unit * static_cast<double>(w.nearest[i]);
    own[6] = columns.lack[i];
  }
#pragma unroll
  for (int k = 0; k < 7; ++k) {
    const double sum = summed(own[k]);
    if (threadIdx.x == 0) w.sums[static_cast<std::int64_t>(blockIdx.x) * 7 + k] = sum;
  }
}

// Of coordinate blockIdx.x: sums of what rows lack times the coordinate and its square, about a point, then those of columns.
__global__ void __launch_bounds__(wide_block) lacking_moments(Workspace w) {
  const auto t = static_cast<int>(threadIdx.x), k = static_cast<int>(blockIdx.x);
  const auto origin = static_cast<double>(w.rows.at[k]);
  const auto moments = [&](const Cloud& c, double* to) {
    double first = 0, second = 0;
#pragma unroll 8
    for (int i = t; i < c.count; i += wide_block) {
      const double z = static_cast<double>(c.at[static_cast<std::int64_t>(i) * c.dim + k]) - origin;
      first += c.lack[i] * z, second += c.lack[i] * z * z;
    }
    first = summed(first), second = summed(second);
    if (t == 0) to[0] = first, to[1] = second;
  };
  moments(w.rows, w.moments + 4 * k), moments(w.columns, w.moments + 4 * k + 2);
}

// One block.
__global__ void __launch_bounds__(wide_block) finish(Workspace w, double* result) {
  const auto t = static_cast<int>(threadIdx.x);
  const auto total = [&](int k) {
    double sum = 0;
    for (int b = t; b < w.blocks; b += wide_block) sum += w.sums[static_cast<std::int64_t>(b) * 7 + k];
    return summed(sum);
  };
  const double dual = total(0), marginal = total(1), upper = total(2), lacking = total(3);
  const double conjugate = total(4), nearest = total(5), missing = total(6);
  double rest = 0; // sum_ij p_i q_j |x_i - y_j|^2 about a point
  for (int k = t; k < w.rows.dim; k += wide_block) {
    const double* const m = w.moments + 4 * k;
    rest += m[1] * missing + m[3] * lacking - 2 * m[0] * m[2];
  }
  rest = summed(rest);
  if (t != 0) return;
  const bool fine = *w.fine != 0;
  result[0] = fine ? dual + conjugate : NAN;
  result[1] = fine ? marginal : NAN;
  result[2] = fine ? dual + nearest : NAN;
  result[3] = fine ? upper + (lacking > 0 ? rest / lacking : 0) : NAN;
}

// What a pass over pairs makes for points z of one cloud from `term` of the other, columns c:
//   log_sums   log2 sum_c 2^(term_c - |z - z_c|^2); and, if asked for, weight - that as the new term; z.sum is the last one
//   nearest    min_c |z - z_c|^2 - potential_c
//   kept       sum_c w_c and sum_c w_c |z - z_c|^2, w_c = 2^(scaled term_c - sum_z - |z - z_c|^2)
//   split      makes halves of points, if it wants them
template <class Passes> void solve(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  const Workspace w(p, a, Passes::halves, launch.scratch.data());
  const Cloud &rows = w.rows, &columns = w.columns;
  const double unit = p.eps * ln2;
  const auto each_point = [&](int count) -> gpu::Shape {
    return {static_cast<unsigned>((count + narrow_block - 1) / narrow_block), narrow_block, 0, launch.stream};
  };
  launch_examination(p, a, w.centre, w.extent, w.fine, launch.stream);
  const double scale = 1 / std::sqrt(unit);
  for (const Cloud* c : {&rows, &columns})
    gpu::launch({static_cast<unsigned>(c->stride) / gpu::warp, gpu::warp, 0, launch.stream}, write_cloud, *c, w.centre, scale);
  if constexpr (Passes::halves)
    for (const Cloud* c : {&rows, &columns}) Passes::split(*c, launch);
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
  gpu::launch({static_cast<unsigned>(w.blocks), wide_block, 0, launch.stream}, sum_points, w, unit);
  gpu::launch({static_cast<unsigned>(p.dim), wide_block, 0, launch.stream}, lacking_moments, w);
  gpu::launch({1u, wide_block, 0, launch.stream}, finish, w, a.result);
}

template <bool halves = false> std::size_t workspace_size(const Sinkhorn::Problem& p) {
  return Workspace(p, {}, halves, nullptr).carver.used();
}

} // namespace
} // namespace assay
