// What the CUDA variants of wasserstein_1d share: all but the sort. In an unnamed namespace, as line.cuh.
#pragma once

#include "kernels/transport/line.cuh"

namespace assay {
namespace {

template <class T> struct Scratch {
  Rows<T> x, y;
  unsigned* odd;
  double* parts;
  std::size_t bytes;
  Scratch(const Wasserstein1D::Problem& p, const void* memory) : x{nullptr, 1, padded(p.n)}, y{nullptr, 1, padded(p.m)} {
    Carver carver(memory);
    x.at = carver.take<T>(x.length), y.at = carver.take<T>(y.length);
    odd = carver.take<unsigned>(1);
    parts = carver.take<double>(most_parts);
    bytes = carver.used();
  }
};

template <class T> __global__ void __launch_bounds__(threads) copy_row(const T* from, std::int64_t n, Rows<T> to, unsigned* odd) {
  const std::int64_t i = global_index();
  if (i >= to.length) return;
  to.at[i] = i < n ? from[i] : static_cast<T>(INFINITY);
  if (i < n && !isfinite(from[i])) atomicOr(odd, 1u);
}

__global__ void __launch_bounds__(threads)
    finish(const double* parts, unsigned count, Wasserstein1D::Problem p, const unsigned* odd, double* value) {
  if (threadIdx.x == 0) *value = root(row_cost(parts, count, p.n, p.m, *odd != 0), p.p);
}

template <class T, void (*sort)(Rows<T>, void*)>
void run(const Wasserstein1D::Problem& p, const Wasserstein1D::Args<T>& a, const Launch& launch) {
  const Scratch<T> s(p, launch.scratch.data());
  gpu::clear(s.odd, sizeof *s.odd, launch.stream);
  gpu::launch({blocks_for(s.x.length), threads, 0, launch.stream}, copy_row<T>, a.x, p.n, s.x, s.odd);
  gpu::launch({blocks_for(s.y.length), threads, 0, launch.stream}, copy_row<T>, a.y, p.m, s.y, s.odd);
  sort(s.x, launch.stream), sort(s.y, launch.stream);
  const unsigned count = parts_of_row(p.n);
  gpu::launch({count, threads, 0, launch.stream}, pair_rows<T>, s.x, p.n, s.y, p.m, p.p, s.parts);
  gpu::launch({1u, threads, 0, launch.stream}, finish, s.parts, count, p, s.odd, a.value);
}

template <class T, void (*sort)(Rows<T>, void*)> constexpr Variant<Wasserstein1D, T> variant(std::string_view name, std::string_view idea) {
  return {.name = name,
          .idea = idea,
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T, sort>,
          .accepts = [](const Wasserstein1D::Problem& p) { return !p.weights; },
          .scratch = [](const Wasserstein1D::Problem& p) { return Scratch<T>(p, nullptr).bytes; }};
}

} // namespace
} // namespace assay
