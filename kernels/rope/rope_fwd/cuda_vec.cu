// One launch for queries and keys: a block turns a few tokens, whose turns it computes once for all heads, in vectors of 16 bytes.
// Limit: memory bandwidth, 2 sizeof(T) bytes an element.
#include "kernels/rope/vec.cuh"
#include "reference/rope/rope_fwd.hpp"

namespace assay {
namespace {

template <class T> void run(const RopeFwd::Problem& p, const RopeFwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  launch_rows<false, T>(s, {a.q, p.bias ? a.q_bias : nullptr, a.q_out, s.q}, {a.k, p.bias ? a.k_bias : nullptr, a.k_out, s.k}, a.position,
                        rows_of_stage(std::int64_t{p.batch} * p.tokens), 1, nullptr, launch);
}

template <class T> constexpr Variant<RopeFwd, T> variant() {
  return {.name = "cuda_vec",
          .idea = "one launch; turns of a token computed once for all heads; 16-byte vectors",
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
