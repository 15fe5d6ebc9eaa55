// Points and sums in registers, columns by tiles in shared memory; the warps of a block see different columns, and add up
// in the order of their numbers. Differences are of coordinates as given: scaled ones would be rounded beside points that lie close. Limit:
// additions and fused multiply-adds, 4 for each coordinate of a pair, and an exponential. Coordinates are filled up to 2, 4, 16 or 64.
#include "kernels/carver.hpp"
#include "kernels/device/numbers.hpp"
#include "kernels/transport/examine.cuh"
#include "kernels/transport/tiles.cuh"
#include "reference/transport/sinkhorn_grad.hpp"

namespace assay {
namespace {

template <int wide> union Shared {
  Tile<wide> tile;                               // and when it is done with:
  float sums[parts<wide>][block_rows][wide + 1]; // one more, so that lanes hit different banks
};

template <int wide> __global__ void __launch_bounds__(tile_threads<wide>)
    gradient(int n, int m, int dim, const float* at, const float* a, const float* columns, const float* b, const float* f, const float* g,
             float scale, const int* fine, float* dx) {
  auto& shared = gpu::shared<Shared<wide>>();
  const int i = tile_row(), lane = static_cast<int>(threadIdx.x) % block_rows, part = tile_part();
  float x[wide], sum[wide];
  take_row(at, n, dim, i, x);
#pragma unroll
  for (int k = 0; k < wide; ++k) sum[k] = 0;
  const float own = i < n ? f[i] : 0;
  over_tiles(
      columns, m, dim, [&](int j) { return fmaf(g[j], scale, log2f(b[j])); }, shared.tile,
      [&] {
#pragma unroll 2
        for (int c = part * part_columns; c < (part + 1) * part_columns; ++c) {
          const float square = squared_distance(x, shared.tile.points[c]);
          const float w = gpu::exp2_approximate(fmaf(-scale, square, fmaf(own, scale, shared.tile.term[c])));
#pragma unroll
          for (int k = 0; k < wide; ++k) sum[k] = fmaf(w, x[k] - shared.tile.points[c][k], sum[k]);
        }
      });
  __syncthreads();
#pragma unroll
  for (int k = 0; k < wide; ++k) shared.sums[part][lane][k] = sum[k];
  __syncthreads();
  const int first = static_cast<int>(blockIdx.x) * block_rows;
  for (int e = static_cast<int>(threadIdx.x); e < block_rows * dim; e += tile_threads<wide>) {
    const int row = e / dim, k = e % dim;
    if (first + row >= n) return;
    float all = 0;
    for (int q = 0; q < parts<wide>; ++q) all += shared.sums[q][row][k];
    dx[static_cast<std::int64_t>(first) * dim + e] = *fine != 0 ? 2 * a[first + row] * all : NAN;
  }
}

// Potentials that are no numbers are errors, too. One block.
__global__ void __launch_bounds__(wide_block) examine_potentials(int n, int m, const float* f, const float* g, int* fine) {
  const auto t = static_cast<int>(threadIdx.x);
  double broken = 0;
  for (int i = t; i < n; i += wide_block) broken += isfinite(f[i]) ? 0 : 1;
  for (int j = t; j < m; j += wide_block) broken += isfinite(g[j]) ? 0 : 1;
  broken = summed(broken);
  if (t == 0 && broken > 0) *fine = 0;
}

struct Scratch {
  double* extent;
  int* fine;
  std::size_t bytes;
  Scratch(const SinkhornGrad::Problem& p, const void* memory) {
    Carver carver(memory);
    extent = carver.take<double>(p.dim + 1);
    fine = carver.take<int>(1);
    bytes = carver.used();
  }
};

template <int wide>
void launch_gradient(const SinkhornGrad::Problem& p, const SinkhornGrad::Args<float>& a, const int* fine, const Launch& launch) {
  gpu::launch({static_cast<unsigned>((p.n + block_rows - 1) / block_rows), tile_threads<wide>, 0, launch.stream}, gradient<wide>, p.n, p.m,
              p.dim, a.x, a.a, a.y, a.b, a.f, a.g, static_cast<float>(1 / (p.eps * ln2)), fine, a.dx);
}

void run(const SinkhornGrad::Problem& p, const SinkhornGrad::Args<float>& a, const Launch& launch) {
  const Scratch s(p, launch.scratch.data());
  launch_examination(p, a, nullptr, s.extent, s.fine, launch.stream);
  gpu::launch({1u, wide_block, 0, launch.stream}, examine_potentials, p.n, p.m, a.f, a.g, s.fine);
  (p.dim <= 2    ? launch_gradient<2>
   : p.dim <= 4  ? launch_gradient<4>
   : p.dim <= 16 ? launch_gradient<16>
                 : launch_gradient<64>)(p, a, s.fine, launch);
}

} // namespace

ASSAY_VARIANT(Variant<SinkhornGrad, float>{.name = "cuda_tiled",
                                           .idea = "points and sums in registers, tiles of columns in shared memory",
                                           .numerics = numerics::f32,
                                           .repeatable = true,
                                           .run = run,
                                           .accepts = [](const SinkhornGrad::Problem& p) { return p.dim <= 64; },
                                           .scratch = [](const SinkhornGrad::Problem& p) { return Scratch(p, nullptr).bytes; }});

} // namespace assay
