// One thread for each pair, numbers one at a time; one launch for queries, one for keys.
// Limit: the angle, which every head computes anew, and loads of single numbers.
#include "kernels/rope/naive.cuh"
#include "reference/rope/rope_fwd.hpp"

namespace assay {
namespace {

template <class T> void run(const RopeFwd::Problem& p, const RopeFwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  launch_rows<false, T>(s, {a.q, p.bias ? a.q_bias : nullptr, a.q_out, s.q, p.heads, false}, a.position, launch);
  launch_rows<false, T>(s, {a.k, p.bias ? a.k_bias : nullptr, a.k_out, s.k, p.kv_heads, true}, a.position, launch);
}

template <class T> constexpr Variant<RopeFwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one thread for each pair, its angle computed by itself",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const RopeFwd::Problem& p) { return pairs_bytes(p.rotary); },
          .prepare = [](const RopeFwd::Problem& p, const Launch& launch) { upload_pairs(launch, p.rotary, p.base); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
