// Highway's vqsort of both clouds, then differences in vectors; clouds of different sizes are walked. Equal weights only.
// Limit: the sort, 20 ns a point at a million: compares and permutations of vectors, and at sizes beyond the caches their loads.
#include <hwy/contrib/sort/vqsort.h>

#include "kernels/carver.hpp"
#include "kernels/simd.hpp"
#include "reference/transport/wasserstein_1d.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/wasserstein_1d/cpu_simd.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/line-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {

template <class T> void distance(const Wasserstein1D::Problem& p, const Wasserstein1D::Args<T>& a, const Launch& launch) {
  *a.value = std::numeric_limits<double>::quiet_NaN();
  if (!all_finite(a.x, static_cast<std::size_t>(p.n)) || !all_finite(a.y, static_cast<std::size_t>(p.m))) return;
  Carver carver(launch.scratch.data());
  T *const x = carver.take<T>(p.n), *const y = carver.take<T>(p.m);
  std::copy(a.x, a.x + p.n, x);
  std::copy(a.y, a.y + p.m, y);
  const hwy::Sorter sorter;
  sorter(x, static_cast<std::size_t>(p.n), hwy::SortAscending());
  sorter(y, static_cast<std::size_t>(p.m), hwy::SortAscending());
  const transport::Power power{p.p};
  *a.value = power.root(sorted_cost(x, p.n, y, p.m, power));
}

auto Distances() { return std::make_tuple(distance<double>, distance<float>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {

HWY_EXPORT(Distances);

template <class T> std::size_t scratch(const Wasserstein1D::Problem& p) {
  Carver carver(nullptr);
  carver.take<T>(p.n), carver.take<T>(p.m);
  return carver.used();
}

template <class T> constexpr Variant<Wasserstein1D, T> variant() {
  return {.name = "cpu_simd",
          .idea = "vqsort, differences in vectors",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = ASSAY_DISPATCH(Distances, Wasserstein1D, T),
          .accepts = [](const Wasserstein1D::Problem& p) { return !p.weights; },
          .scratch = scratch<T>};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
#endif // HWY_ONCE
