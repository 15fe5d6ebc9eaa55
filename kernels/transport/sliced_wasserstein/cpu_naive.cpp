// One direction after another: projections, std::sort, the walk over both clouds.
// Limit: mispredicted branches of the sort, 10 to 20 ns a point and direction.
#include <limits>
#include <vector>

#include "kernels/transport/line.hpp"
#include "kernels/variant.hpp"
#include "reference/transport/sliced_wasserstein.hpp"

namespace assay {
namespace {

// False where a number is not finite.
template <class T> bool project(const T* x, std::int64_t dim, const T* theta, std::vector<T>& to) {
  for (T& sum : to) {
    sum = 0;
    for (std::int64_t k = 0; k < dim; ++k) sum += theta[k] * x[k];
    if (!std::isfinite(sum)) return false;
    x += dim;
  }
  std::sort(to.begin(), to.end());
  return true;
}

template <class T> void run(const SlicedWasserstein::Problem& p, const SlicedWasserstein::Args<T>& a, const Launch&) {
  const transport::Power power{p.p};
  std::vector<T> x(static_cast<std::size_t>(p.n)), y(static_cast<std::size_t>(p.m));
  std::vector<double> cost(static_cast<std::size_t>(p.directions), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < cost.size(); ++k) {
    const T* const theta = a.theta + k * static_cast<std::size_t>(p.dim);
    if (project(a.x, p.dim, theta, x) && project(a.y, p.dim, theta, y))
      cost[k] = transport::paired_cost(x.data(), p.n, y.data(), p.m, power);
  }
  transport::summarise(cost.data(), p.directions, power, a.distance, a.result);
}

template <class T> constexpr Variant<SlicedWasserstein, T> variant() {
  return {.name = "cpu_naive",
          .idea = "projections, std::sort, one walk for each direction",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
