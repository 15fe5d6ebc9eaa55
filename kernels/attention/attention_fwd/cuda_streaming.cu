// fp32 on the CUDA cores: tiles of 64 queries x 32 keys in shared memory, tiles of 4 x 4 scores in registers, a running softmax with powers
// of two, nothing outside the window, no masks inside of it. Heads that share keys are packed into one block.
// Limit: fma, of which a multiprocessor does 128 a clock; shared memory is half as busy. Widths up to 128; those that are no multiple
// of 4 are read element by element.
#include "kernels/attention/forward.cuh"
#include "kernels/device/streaming_fma.hpp"
#include "reference/attention/attention_fwd.hpp"

namespace assay {
namespace {

bool accepts(const AttentionFwd::Problem& p) { return p.dim <= 128 && p.value_dim <= 128; }

void run(const AttentionFwd::Problem& p, const AttentionFwd::Args<float>& a, const Launch& launch) {
  const BiasTerm bias = bias_term(p, a.bias, launch.scratch.data(), launch.stream);
  const Arrays<float> arrays{a.q, a.k, a.v, a.o, a.lse, extras(p, a.row_scale, a.length)};
  if (p.dim <= 64 && p.value_dim <= 64)
    run_rows<gpu::FmaProducts<64, 4>>(p, arrays, bias, launch.stream);
  else
    run_rows<gpu::FmaProducts<128, 4>>(p, arrays, bias, launch.stream);
}

} // namespace

ASSAY_VARIANT(Variant<AttentionFwd, float>{.name = "cuda_streaming",
                                           .idea = "tiles in shared memory, running softmax, fp32",
                                           .numerics = numerics::f32,
                                           .repeatable = true,
                                           .run = run,
                                           .accepts = accepts,
                                           .scratch = bias_scratch});

} // namespace assay
