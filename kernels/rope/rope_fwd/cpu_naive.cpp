// One pair at a time, its angle computed anew for every head.
// Limit: the C library's sine and cosine.
#include "kernels/rope/naive.hpp"
#include "kernels/variant.hpp"
#include "reference/rope/rope_fwd.hpp"

namespace assay {
namespace {

template <class T> void run(const RopeFwd::Problem& p, const RopeFwd::Args<T>& a, const Launch&) {
  const auto nothing = [](int, int, float) {};
  rope::turn_rows<false>(p, false, a.q, a.q_bias, a.position, a.q_out, nothing);
  rope::turn_rows<false>(p, true, a.k, a.k_bias, a.position, a.k_out, nothing);
}

template <class T> constexpr Variant<RopeFwd, T> variant() {
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
