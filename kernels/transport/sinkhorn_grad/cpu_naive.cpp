// The formula as it stands.
// Limit: the C library's exp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/transport/entropic.hpp"
#include "kernels/variant.hpp"
#include "reference/transport/sinkhorn_grad.hpp"

namespace assay {
namespace {

template <class T> void run(const SinkhornGrad::Problem& p, const SinkhornGrad::Args<T>& a, const Launch&) {
  const auto dim = static_cast<std::int64_t>(p.dim);
  const auto finite = [](T z) { return std::isfinite(z); };
  if (!transport::fit(p, a, numerics::stored_as<T>().add) || !std::all_of(a.f, a.f + p.n, finite) || !std::all_of(a.g, a.g + p.m, finite)) {
    std::fill(a.dx, a.dx + p.n * dim, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  const auto eps = static_cast<T>(p.eps);
  for (std::int64_t i = 0; i < p.n; ++i) {
    T* const dx = a.dx + i * dim;
    std::fill(dx, dx + dim, T(0));
    for (std::int64_t j = 0; j < p.m; ++j) {
      const T *x = a.x + i * dim, *y = a.y + j * dim;
      T cost = 0;
      for (std::int64_t k = 0; k < dim; ++k) cost += (x[k] - y[k]) * (x[k] - y[k]);
      const T mass = 2 * a.b[j] * std::exp((a.f[i] + a.g[j] - cost) / eps);
      for (std::int64_t k = 0; k < dim; ++k) dx[k] += mass * (x[k] - y[k]);
    }
    for (std::int64_t k = 0; k < dim; ++k) dx[k] *= a.a[i];
  }
}

template <class T> constexpr Variant<SinkhornGrad, T> variant() {
  return {.name = "cpu_naive", .idea = "the formula as it stands", .numerics = numerics::stored_as<T>(), .repeatable = true, .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<double>());

} // namespace assay
