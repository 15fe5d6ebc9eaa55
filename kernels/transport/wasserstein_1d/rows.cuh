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
  Scratch(const Wasserstein1D::Problem& p, const void* memory) : x{nullptr, p.pairs, padded(p.n)}, y{nullptr, p.pairs, padded(p.m)} {
    Carver carver(memory);
    x.at = carver.take<T>(x.rows * x.length + y.rows * y.length), y.at = x.at + x.rows * x.length;
    odd = carver.take<unsigned>(p.pairs);
    parts = carver.take<double>(p.pairs * parts_of_row(p.n, p.pairs));
    bytes = carver.used();
  }
};

template <class T> __global__ void __launch_bounds__(threads) copy_rows(const T* from, std::int64_t n, Rows<T> to, unsigned* odd) {
  const std::int64_t at = global_index();
  if (at >= to.rows * to.length) return;
  const std::int64_t row = at / to.length, i = at & (to.length - 1);
  const T x = i < n ? from[row * n + i] : static_cast<T>(INFINITY);
  to.at[at] = x;
  if (i < n && !isfinite(x)) atomicOr(odd + row, 1u);
}

template <class T, void (*sort)(Rows<T>, void*)>
void run(const Wasserstein1D::Problem& p, const Wasserstein1D::Args<T>& a, const Launch& launch) {
  const Scratch<T> s(p, launch.scratch.data());
  gpu::clear(s.odd, static_cast<std::size_t>(p.pairs) * sizeof *s.odd, launch.stream);
  gpu::launch({blocks_for(s.x.rows * s.x.length), threads, 0, launch.stream}, copy_rows<T>, a.x, p.n, s.x, s.odd);
  gpu::launch({blocks_for(s.y.rows * s.y.length), threads, 0, launch.stream}, copy_rows<T>, a.y, p.m, s.y, s.odd);
  sort_both(sort, s.x, s.y, launch.stream);
  const unsigned count = parts_of_row(p.n, p.pairs), rows = static_cast<unsigned>(p.pairs);
  if (rows > 0) gpu::launch({dim3(count, rows), threads, 0, launch.stream}, pair_rows<T>, s.x, p.n, s.y, p.m, p.p, s.parts);
  gpu::launch({rows, threads, 0, launch.stream}, fold_parts, s.parts, count, p.n, p.m, p.p, s.odd, static_cast<double*>(nullptr), a.value);
}

template <class T, void (*sort)(Rows<T>, void*)> constexpr Variant<Wasserstein1D, T> variant(std::string_view name, std::string_view idea) {
  return {.name = name,
          .idea = idea,
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T, sort>,
          .accepts = [](const Wasserstein1D::Problem& p) { return !p.weights && has_power(p.p) && p.pairs < 65536; },
          .scratch = [](const Wasserstein1D::Problem& p) { return Scratch<T>(p, nullptr).bytes; }};
}

} // namespace
} // namespace assay
