// Points in registers, columns by tiles in shared memory, one pass: the largest exponent so far is moved for eight columns at a time, and
// the warps of a block, which see different columns, put theirs together at the end.
// Sweeps have costs from norms and products; the plan's cost and the dual bound want differences of coordinates.
// Limit: in the plane exponentials, 16 a clock, beside 6 other operations, 128 a clock. Wide points: fused multiply-adds, and in the last
// two passes additions. Coordinates are filled up to 2, 4, 16 or 64.
#include "kernels/transport/entropic.cuh"
#include "kernels/transport/tiles.cuh"

namespace assay {
namespace {

// What the warps of a block know of its rows.
template <int wide> struct Shares { float first[parts<wide>][block_rows], second[parts<wide>][block_rows]; };

template <int wide> struct Shared {
  Tile<wide> tile;
  Shares<wide> shares;
};

// c + x . y. Many products are added first, so that their roundings are of their own size.
template <int wide> __device__ float plus_product(float c, const float (&x)[wide], const float (&y)[wide]) {
  float sum = wide <= 4 ? c : 0;
#pragma unroll
  for (int k = 0; k < wide; ++k) sum = fmaf(x[k], y[k], sum);
  return wide <= 4 ? sum : c + sum;
}

template <int wide> __global__ void __launch_bounds__(tile_threads<wide>)
    log_sums(Cloud z, Cloud to, const float* from, float* sums, float* terms) {
  auto& shared = gpu::shared<Shared<wide>>();
  const int i = tile_row(), lane = static_cast<int>(threadIdx.x) % block_rows, part = tile_part();
  float x[wide], most = -INFINITY, sum = 0;
  take_row(z.points, z.count, z.dim, i, x);
#pragma unroll
  for (int k = 0; k < wide; ++k) x[k] *= 2;
  over_tiles(
      to.points, to.count, to.dim, [&](int j) { return from[j] - to.norm[j]; }, shared.tile,
      [&] {
#pragma unroll 1
        for (int c = part * part_columns; c < (part + 1) * part_columns; c += together) {
          float exponent[together], now = most;
#pragma unroll
          for (int k = 0; k < together; ++k) {
            exponent[k] = plus_product(shared.tile.term[c + k], x, shared.tile.points[c + k]);
            now = fmaxf(now, exponent[k]);
          }
          const float origin = now == -INFINITY ? 0 : now; // 0: nothing seen yet
          sum *= gpu::exp2_approximate(most - origin);
          most = now;
#pragma unroll
          for (int k = 0; k < together; ++k) sum += gpu::exp2_approximate(exponent[k] - origin);
        }
      });
  shared.shares.first[part][lane] = most;
  shared.shares.second[part][lane] = sum;
  __syncthreads();
  if (part != 0 || i >= z.count) return;
  for (int k = 1; k < parts<wide>; ++k) most = fmaxf(most, shared.shares.first[k][lane]);
  sum = 0;
  for (int k = 0; k < parts<wide>; ++k)
    sum = fmaf(gpu::exp2_approximate(shared.shares.first[k][lane] - most), shared.shares.second[k][lane], sum);
  sums[i] = most + log2f(sum) - z.norm[i];
  if (terms != nullptr) terms[i] = z.weight[i] - sums[i];
}

template <int wide> __global__ void __launch_bounds__(tile_threads<wide>) nearest_of(Cloud z, Cloud to, float* nearest) {
  auto& shared = gpu::shared<Shared<wide>>();
  const int i = tile_row(), lane = static_cast<int>(threadIdx.x) % block_rows, part = tile_part();
  float x[wide], most = -INFINITY;
  take_row(z.points, z.count, z.dim, i, x);
  over_tiles(
      to.points, to.count, to.dim, [&](int j) { return to.mass[j] > 0 ? -to.sum[j] : -INFINITY; }, shared.tile,
      [&] {
#pragma unroll 4
        for (int c = part * part_columns; c < (part + 1) * part_columns; ++c)
          most = fmaxf(most, shared.tile.term[c] - squared_distance(x, shared.tile.points[c]));
      });
  shared.shares.first[part][lane] = most;
  __syncthreads();
  if (part != 0 || i >= z.count) return;
  for (int k = 1; k < parts<wide>; ++k) most = fmaxf(most, shared.shares.first[k][lane]);
  nearest[i] = -most;
}

template <int wide> __global__ void __launch_bounds__(tile_threads<wide>) kept_of(Cloud z, Cloud to, float* mass, float* cost) {
  auto& shared = gpu::shared<Shared<wide>>();
  const int i = tile_row(), lane = static_cast<int>(threadIdx.x) % block_rows, part = tile_part();
  float x[wide], sum = 0, costs = 0;
  take_row(z.points, z.count, z.dim, i, x);
  const float origin = i < z.count ? z.sum[i] : 0;
  over_tiles(
      to.points, to.count, to.dim, [&](int j) { return to.scaled_term[j]; }, shared.tile,
      [&] {
#pragma unroll 4
        for (int c = part * part_columns; c < (part + 1) * part_columns; ++c) {
          const float square = squared_distance(x, shared.tile.points[c]), w = gpu::exp2_approximate(shared.tile.term[c] - origin - square);
          sum += w;
          costs = fmaf(w, square, costs);
        }
      });
  shared.shares.first[part][lane] = sum;
  shared.shares.second[part][lane] = costs;
  __syncthreads();
  if (part != 0 || i >= z.count) return;
  for (int k = 1; k < parts<wide>; ++k) sum += shared.shares.first[k][lane], costs += shared.shares.second[k][lane];
  mass[i] = sum, cost[i] = costs;
}

template <int wide> struct Tiled {
  static gpu::Shape shape(const Cloud& z, const Launch& launch) {
    return {static_cast<unsigned>((z.count + block_rows - 1) / block_rows), tile_threads<wide>, 0, launch.stream};
  }
  static void log_sums(const Cloud& z, const Cloud& to, const float* from, float* sums, float* terms, const Launch& launch) {
    gpu::launch(shape(z, launch), assay::log_sums<wide>, z, to, from, sums, terms);
  }
  static void nearest(const Cloud& z, const Cloud& to, float* nearest, const Launch& launch) {
    gpu::launch(shape(z, launch), nearest_of<wide>, z, to, nearest);
  }
  static void kept(const Cloud& z, const Cloud& to, float* mass, float* cost, const Launch& launch) {
    gpu::launch(shape(z, launch), kept_of<wide>, z, to, mass, cost);
  }
};

void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  (p.dim <= 2 ? solve<Tiled<2>> : p.dim <= 4 ? solve<Tiled<4>> : p.dim <= 16 ? solve<Tiled<16>> : solve<Tiled<64>>)(p, a, launch);
}

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cuda_tiled",
                                       .idea = "points in registers, tiles of columns in shared memory, online log-sum-exp",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = run,
                                       .accepts = [](const Sinkhorn::Problem& p) { return p.dim <= 64; },
                                       .scratch = workspace_size});

} // namespace assay
