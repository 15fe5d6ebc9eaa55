// One pair at a time, its angle computed anew for every head; gradients of biases in double.
// Limit: the C library's sine and cosine.
#include <vector>

#include "kernels/rope/naive.hpp"
#include "kernels/variant.hpp"
#include "reference/rope/rope_bwd.hpp"

namespace assay {
namespace {

template <class T> void side(const RopeBwd::Problem& p, bool keys, const T* x, const std::int64_t* position, T* y, float* d_bias) {
  std::vector<double> sums(static_cast<std::size_t>((keys ? p.kv_heads : p.heads) * p.dim));
  rope::turn_rows<true>(p, keys, x, nullptr, position, y,
                        [&](int h, int e, float value) { sums[static_cast<std::size_t>(h * p.dim + e)] += static_cast<double>(value); });
  for (std::size_t e = 0; p.bias && e < sums.size(); ++e) d_bias[e] = static_cast<float>(sums[e]);
}

template <class T> void run(const RopeBwd::Problem& p, const RopeBwd::Args<T>& a, const Launch&) {
  side(p, false, a.d_q_out, a.position, a.d_q, a.d_q_bias);
  side(p, true, a.d_k_out, a.position, a.d_k, a.d_k_bias);
}

template <class T> constexpr Variant<RopeBwd, T> variant() {
  return {.name = "cpu_naive",
          .idea = "one pair at a time, its angle computed anew for every head",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
