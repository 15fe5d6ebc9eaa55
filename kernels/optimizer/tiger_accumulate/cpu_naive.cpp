// The formula, tensor by tensor and element by element.
// Limit: one element at a time, and fmaf is a library call where the build does not ask for FMA.
#include <cmath>

#include "kernels/optimizer/scalars.hpp"
#include "kernels/variant.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P> float shrink(P* theta, std::int64_t n, float centre, float factor) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    theta[i] = from_float<P>(std::fmaf(factor, to_float(theta[i]) - centre, centre));
    sum += static_cast<double>(to_float(theta[i])) * static_cast<double>(to_float(theta[i]));
  }
  return static_cast<float>(sum);
}

template <class P, class G> void run(const TigerAccumulate::Problem& p, const TigerAccumulate::Args<P, G, float>& a, const Launch&) {
  const Layout list = layout(p.tensors);
  const Scalars s = scalars(p);
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const std::int64_t end = tensor.offset + tensor.size();
    if (!s.guarded || a.bad[t] == 0) {
      for (std::int64_t i = tensor.offset; i < end; ++i) a.m[i] = std::fmaf(s.kept, a.m[i], s.scale * to_float(a.g[i]));
    } else if (!s.immediate) {
      a.sticky[t] = 1;
      for (std::int64_t i = tensor.offset; s.first && i < end; ++i) a.m[i] = s.kept * a.m[i];
    } else {
      for (std::int64_t r = 0; r < tensor.groups(); ++r)
        a.sum_sq[tensor.first_group + r] =
            shrink(a.theta + tensor.offset + r * tensor.group_size(), tensor.group_size(), static_cast<float>(tensor.centre()), s.shrink);
    }
  }
}

template <class P, class G> constexpr Variant<TigerAccumulate, P, G, float> variant() {
  return {.name = "cpu_naive",
          .idea = "the formula, element by element",
          .numerics = numerics::stored_as<P>(),
          .repeatable = true,
          .run = run<P, G>};
}

} // namespace

ASSAY_VARIANT(variant<float, float>());
ASSAY_VARIANT(variant<float, Bf16>());
ASSAY_VARIANT(variant<Bf16, Bf16>());

} // namespace assay
