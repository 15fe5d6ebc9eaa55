// Coordinates in columns, so that projections are vectors of points; vqsort; differences in vectors.
// Limit: the sort while d is small, 10 ns a point and direction at sizes in the caches; projections from d = 64 on.
#include <hwy/contrib/sort/vqsort.h>

#include "kernels/carver.hpp"
#include "kernels/simd.hpp"
#include "reference/transport/sliced_wasserstein.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/sliced_wasserstein/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/line-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t step = 32; // points at a time; columns have room for whole steps

std::int64_t padded(std::int64_t n) { return (n + step - 1) / step * step; }

template <class T> struct Scratch {
  T *x_columns, *y_columns, *x, *y;
  double* cost;
  std::size_t bytes;
  Scratch(const SlicedWasserstein::Problem& p, const void* memory) {
    Carver carver(memory);
    x_columns = carver.take<T>(padded(p.n) * p.dim), y_columns = carver.take<T>(padded(p.m) * p.dim);
    x = carver.take<T>(padded(p.n)), y = carver.take<T>(padded(p.m));
    cost = carver.take<double>(p.directions);
    bytes = carver.used();
  }
};

template <class T> void to_columns(const T* rows, std::int64_t n, std::int64_t dim, T* columns) {
  for (std::int64_t k = 0; k < dim; ++k) {
    T* const column = columns + k * padded(n);
    for (std::int64_t i = 0; i < n; ++i) column[i] = rows[i * dim + k];
    std::fill(column + n, column + padded(n), T{0});
  }
}

template <class T> void project(const T* columns, std::int64_t n, std::int64_t dim, const T* theta, T* to) {
  using Tag = hn::CappedTag<T, 8>;
  constexpr std::int64_t wide = hn::MaxLanes(Tag()), vectors = step / wide;
  const Tag d;
  for (std::int64_t i = 0; i < n; i += step) {
    hn::Vec<Tag> sum[vectors];
    for (auto& each : sum) each = hn::Zero(d);
    for (std::int64_t k = 0; k < dim; ++k) {
      const auto factor = hn::Set(d, theta[k]);
      const T* const from = columns + k * padded(n) + i;
#pragma GCC unroll 32
      for (std::int64_t v = 0; v < vectors; ++v) sum[v] = hn::MulAdd(factor, hn::Load(d, from + v * wide), sum[v]);
    }
#pragma GCC unroll 32
    for (std::int64_t v = 0; v < vectors; ++v) hn::Store(sum[v], d, to + i + v * wide);
  }
}

template <class T> void distances(const SlicedWasserstein::Problem& p, const SlicedWasserstein::Args<T>& a, const Launch& launch) {
  const Scratch<T> s(p, launch.scratch.data());
  const auto n = static_cast<std::size_t>(p.n), m = static_cast<std::size_t>(p.m);
  const transport::Power power{p.p};
  const hwy::Sorter sorter;
  to_columns(a.x, p.n, p.dim, s.x_columns);
  to_columns(a.y, p.m, p.dim, s.y_columns);
  for (std::int64_t k = 0; k < p.directions; ++k) {
    project(s.x_columns, p.n, p.dim, a.theta + k * p.dim, s.x);
    project(s.y_columns, p.m, p.dim, a.theta + k * p.dim, s.y);
    s.cost[k] = std::numeric_limits<double>::quiet_NaN();
    if (!all_finite(s.x, n) || !all_finite(s.y, m)) continue;
    sorter(s.x, n, hwy::SortAscending());
    sorter(s.y, m, hwy::SortAscending());
    s.cost[k] = sorted_cost(s.x, p.n, s.y, p.m, power);
  }
  transport::summarise(s.cost, p.directions, power, a.distance, a.result);
}

auto Distances() { return std::make_tuple(distances<double>, distances<float>); }
std::size_t ScratchBytes(const SlicedWasserstein::Problem& p) { return Scratch<double>(p, nullptr).bytes; }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Distances);
HWY_EXPORT(ScratchBytes);

template <class T> constexpr Variant<SlicedWasserstein, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vectors of points, vqsort",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = ASSAY_DISPATCH(Distances, SlicedWasserstein, T),
          .scratch = [](const SlicedWasserstein::Problem& p) { return HWY_DYNAMIC_DISPATCH(ScratchBytes)(p); }};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
#endif // HWY_ONCE
