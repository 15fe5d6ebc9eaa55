// What the CUDA variants of sliced_wasserstein share: all but the sort. In an unnamed namespace, as line.cuh.
#pragma once

#include "kernels/transport/line.cuh"
#include "reference/transport/sliced_wasserstein.hpp"

namespace assay {
namespace {

template <class T> struct Scratch {
  Rows<T> x, y; // a row for each direction
  unsigned* odd;
  double *parts, *cost;
  std::size_t bytes;
  Scratch(const SlicedWasserstein::Problem& p, const void* memory)
      : x{nullptr, p.directions, padded(p.n)}, y{nullptr, p.directions, padded(p.m)} {
    Carver carver(memory);
    x.at = carver.take<T>(x.rows * x.length + y.rows * y.length), y.at = x.at + x.rows * x.length;
    odd = carver.take<unsigned>(p.directions);
    parts = carver.take<double>(p.directions * parts_of_row(p.n, p.directions));
    cost = carver.take<double>(p.directions);
    bytes = carver.used();
  }
};

constexpr int together = 8, coordinates = 16; // directions of a thread; coordinates in shared memory at once

template <class T> struct Chunk {
  alignas(16) T theta[coordinates][together];
  T points[threads][coordinates + 1]; // one more, so that lanes hit different banks
};

// One thread a point and eight directions; points come through shared memory, so that loads are of whole lines.
template <class T> __global__ void __launch_bounds__(threads)
    project_rows(const T* points, std::int64_t n, int dim, const T* theta, Rows<T> to, unsigned* odd) {
  auto& chunk = gpu::shared<Chunk<T>>();
  const int t = static_cast<int>(threadIdx.x);
  const std::int64_t first = std::int64_t{blockIdx.x} * threads, row = std::int64_t{blockIdx.y} * together, i = first + t;
  T sum[together] = {};
  for (int k0 = 0; k0 < dim; k0 += coordinates) {
    const int some = dim - k0 < coordinates ? dim - k0 : coordinates;
    __syncthreads(); // the chunk before is not read any more
#pragma unroll 4
    for (int e = t; e < static_cast<int>(threads) * coordinates; e += static_cast<int>(threads)) {
      const int p = e / coordinates, k = e % coordinates;
      if (k < some && first + p < n) chunk.points[p][k] = points[(first + p) * dim + k0 + k];
    }
    if (t < together * coordinates) {
      const int r = t / coordinates, k = t % coordinates;
      chunk.theta[k][r] = k < some && row + r < to.rows ? theta[(row + r) * dim + k0 + k] : 0;
    }
    __syncthreads();
    if (i < n)
#pragma unroll 2
      for (int k = 0; k < some; ++k)
#pragma unroll
        for (int r = 0; r < together; ++r) sum[r] = std::fma(chunk.theta[k][r], chunk.points[t][k], sum[r]);
  }
  if (i >= to.length) return;
#pragma unroll
  for (int r = 0; r < together; ++r) {
    if (row + r >= to.rows) return;
    to.at[(row + r) * to.length + i] = i < n ? sum[r] : static_cast<T>(INFINITY);
    if (i < n && !isfinite(sum[r])) atomicOr(odd + row + r, 1u);
  }
}

// One block: mean, largest and standard error of the distances.
__global__ void __launch_bounds__(threads)
    finish(SlicedWasserstein::Problem p, const double* cost, const double* distance, double* result) {
  double sum = 0, squares = 0, largest = 0;
  for (int k = static_cast<int>(threadIdx.x); k < p.directions; k += static_cast<int>(threads)) {
    sum += cost[k];
    largest = distance[k] > largest ? distance[k] : largest;
  }
  const double mean = block_sum(sum) / p.directions;
  for (int k = static_cast<int>(threadIdx.x); k < p.directions; k += static_cast<int>(threads))
    squares += (cost[k] - mean) * (cost[k] - mean);
  squares = block_sum(squares);
  double* const each = gpu::shared<Sum>().of_thread;
  __syncthreads();
  each[threadIdx.x] = largest;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (unsigned k = 1; k < threads; ++k) largest = each[k] > largest ? each[k] : largest;
  result[0] = root(mean, p.p);
  result[1] = isnan(mean) ? mean : largest;
  result[2] = p.directions > 1 || isnan(mean) ? sqrt(squares / (static_cast<double>(p.directions) * (p.directions - 1)))
                                              : static_cast<double>(INFINITY);
}

template <class T, void (*sort)(Rows<T>, void*)>
void run(const SlicedWasserstein::Problem& p, const SlicedWasserstein::Args<T>& a, const Launch& launch) {
  const Scratch<T> s(p, launch.scratch.data());
  gpu::clear(s.odd, static_cast<std::size_t>(p.directions) * sizeof *s.odd, launch.stream);
  const auto shape = [&](const Rows<T>& r) -> gpu::Shape {
    return {dim3(blocks_for(r.length), static_cast<unsigned>((r.rows + together - 1) / together)), threads, 0, launch.stream};
  };
  gpu::launch(shape(s.x), project_rows<T>, a.x, std::int64_t{p.n}, p.dim, a.theta, s.x, s.odd);
  gpu::launch(shape(s.y), project_rows<T>, a.y, std::int64_t{p.m}, p.dim, a.theta, s.y, s.odd);
  sort_both(sort, s.x, s.y, launch.stream);
  const unsigned count = parts_of_row(p.n, p.directions), rows = static_cast<unsigned>(p.directions);
  gpu::launch({dim3(count, rows), threads, 0, launch.stream}, pair_rows<T>, s.x, p.n, s.y, p.m, p.p, s.parts);
  gpu::launch({rows, threads, 0, launch.stream}, fold_parts, s.parts, count, p.n, p.m, p.p, s.odd, s.cost, a.distance);
  gpu::launch({1u, threads, 0, launch.stream}, finish, p, s.cost, a.distance, a.result);
}

template <class T, void (*sort)(Rows<T>, void*)>
constexpr Variant<SlicedWasserstein, T> variant(std::string_view name, std::string_view idea) {
  return {.name = name,
          .idea = idea,
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T, sort>,
          .accepts = [](const SlicedWasserstein::Problem& p) { return has_power(p.p) && p.directions < 65536; }, // rows of a grid
          .scratch = [](const SlicedWasserstein::Problem& p) { return Scratch<T>(p, nullptr).bytes; }};
}

} // namespace
} // namespace assay
