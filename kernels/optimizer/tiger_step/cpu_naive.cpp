// The formula, tensor by tensor and element by element; sums in double, so that their order does not matter.
// Limit: one element at a time, and fmaf is a library call where the build does not ask for FMA.
#include <cmath>

#include "kernels/optimizer/scalars.hpp"
#include "kernels/variant.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class T> double squares(const T* x, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(to_float(x[i])) * static_cast<double>(to_float(x[i]));
  return sum;
}

template <class G> bool any_bad(const G* g, std::int64_t n, bool nan_only) {
  for (std::int64_t i = 0; i < n; ++i)
    if (nan_only ? std::isnan(to_float(g[i])) : !std::isfinite(to_float(g[i]))) return true;
  return false;
}

float sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; } // zero and NaN as they are

template <class P, class G> void run(const TigerStep::Problem& p, const TigerStep::Args<P, G, float>& a, const Launch&) {
  const Layout list = layout(p.tensors);
  const Scalars s = scalars(p);
  const bool full = p.passes == Passes::full;
  for (std::int64_t t = 0; t < list.count(); ++t) {
    const Tensor& tensor = list.tensors[static_cast<std::size_t>(t)];
    const bool bad = s.guarded && (full ? any_bad(a.g + tensor.offset, tensor.size(), s.nan_only) : a.bad[t] != 0);
    const bool shrinks = bad || (uses_sticky(p) && a.sticky[t] != 0);
    const float lambda = tensor.elementwise() ? 0 : s.decay, centre = static_cast<float>(tensor.centre());
    for (std::int64_t r = 0; r < tensor.groups(); ++r) {
      const std::int64_t begin = tensor.offset + r * tensor.group_size(), group = tensor.first_group + r;
      const float old = full ? static_cast<float>(squares(a.theta + begin, tensor.group_size())) : a.sum_sq[group];
      const float eta = rate(tensor, s.alpha, old);
      for (std::int64_t i = begin; i < begin + tensor.group_size(); ++i) {
        if (!bad)
          a.m[i] = std::fmaf(s.kept, a.m[i], s.scale * to_float(a.g[i]));
        else if (!s.immediate && s.first)
          a.m[i] = s.kept * a.m[i];
        const float theta = to_float(a.theta[i]);
        const float moved =
            shrinks ? std::fmaf(s.shrink, theta - centre, centre) : std::fmaf(-eta, std::fmaf(lambda, theta, sign(a.m[i])), theta);
        a.theta[i] = from_float<P>(moved);
      }
      a.new_sum_sq[group] = static_cast<float>(squares(a.theta + begin, tensor.group_size()));
    }
    if (uses_sticky(p)) a.sticky[t] = 0;
  }
}

template <class P, class G> constexpr Variant<TigerStep, P, G, float> variant() {
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
