// One chain of additions per group, in double.
// Limit: the latency of an addition.
#include "kernels/optimizer/scalars.hpp"
#include "kernels/variant.hpp"
#include "reference/optimizer/sum_of_squares.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P> void run(const SumOfSquares::Problem& p, const SumOfSquares::Args<P>& a, const Launch&) {
  for (const Tensor& tensor : layout(p.tensors).tensors)
    for (std::int64_t r = 0; r < tensor.groups(); ++r) {
      const P* const theta = a.theta + tensor.offset + r * tensor.group_size();
      double sum = 0;
      for (std::int64_t i = 0; i < tensor.group_size(); ++i)
        sum += static_cast<double>(to_float(theta[i])) * static_cast<double>(to_float(theta[i]));
      a.sum_sq[tensor.first_group + r] = static_cast<float>(sum);
    }
}

template <class P> constexpr Variant<SumOfSquares, P> variant() {
  return {.name = "cpu_naive",
          .idea = "one chain of additions per group, in double",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<P>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
