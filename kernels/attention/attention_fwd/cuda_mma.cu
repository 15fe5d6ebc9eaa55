// bf16 and fp16 on tensor cores: mma.m16n8k16 from ldmatrix, keys and values by cp.async into two stages, queries and weights in registers.
// Heads that share keys are packed into one block, and a warp leaves out what none of its 16 rows sees.
// Limit: for windows up to about 256 the bytes of q, k, v and o; a block of 128 rows (64 where rows are wider than 64) reads its window
// once, so that L2 gives (rows + window) / rows as many keys. Beyond that the tensor cores, with the powers of two close behind at
// width 64. Widths up to 128; those that are no multiple of 8 are read element by element.
#include "kernels/attention/forward.cuh"
#include "kernels/device/streaming_mma.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

bool accepts(const AttentionFwd::Problem& p) { return p.dim <= 128 && p.value_dim <= 128; }

template <class T> void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<T>& a, const Launch& launch) {
  const BiasTerm bias = bias_term(p, a.bias, launch.scratch.data(), launch.stream);
  const Arrays<T> arrays{a.q, a.k, a.v, a.o, a.lse, extras(p, a.row_scale, a.length)};
  if (p.dim <= 64 && p.value_dim <= 64)
    run_rows<gpu::MmaProducts<T, 64, 8>>(p, arrays, bias, launch.stream);
  else
    run_rows<gpu::MmaProducts<T, 128, 4>>(p, arrays, bias, launch.stream);
}

template <class T> constexpr Variant<AttentionFwd, T> variant(const Numerics& numerics) {
  return {.name = "cuda_mma",
          .idea = "tensor cores, two stages of cp.async, packed heads",
          .numerics = numerics,
          .repeatable = true,
          .run = run<T>,
          .accepts = accepts,
          .scratch = bias_scratch};
}

} // namespace

ASSAY_VARIANT(variant<Bf16>(numerics::bf16_mma));
ASSAY_VARIANT(variant<Fp16>(numerics::f16_mma));

} // namespace assay
