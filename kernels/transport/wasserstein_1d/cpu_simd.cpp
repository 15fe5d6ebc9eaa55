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
  const auto n = static_cast<std::size_t>(p.n), m = static_cast<std::size_t>(p.m);
  const transport::Power power{p.p};
  const hwy::Sorter sorter;
  Carver carver(launch.scratch.data());
  T *const x = carver.take<T>(p.n), *const y = carver.take<T>(p.m);
  for (std::int64_t k = 0; k < p.pairs; ++k) {
    const T *const from_x = a.x + k * p.n, *const from_y = a.y + k * p.m;
    a.value[k] = std::numeric_limits<double>::quiet_NaN();
    if (!all_finite(from_x, n) || !all_finite(from_y, m)) continue;
    std::copy(from_x, from_x + n, x);
    std::copy(from_y, from_y + m, y);
    sorter(x, n, hwy::SortAscending());
    sorter(y, m, hwy::SortAscending());
    a.value[k] = power.root(sorted_cost(x, p.n, y, p.m, power));
  }
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
