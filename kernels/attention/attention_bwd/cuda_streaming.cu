// Tiles in shared memory, P and dS never in device memory, in fp32 on the CUDA cores; two kernels without atomics.
// Limit: fp32 multiply-adds, seven products of tiles where five would do with atomics; at width 128 shared memory leaves one block of
// four warps to a multiprocessor.
#include "kernels/attention/backward_sweeps.cuh"
#include "kernels/device/streaming_fma.hpp"

namespace assay {
namespace {

constexpr int warps = 4;
template <int width> using Products = gpu::FmaProducts<width, warps>;
using Scratch = SweepScratch<Products<64>::rows>;

void run(const attention::Problem& p, const AttentionBwd::Args<float>& a, const Launch& launch) {
  if (std::max(p.dim, p.value_dim) <= 64)
    run_sweeps<Products<64>>(p, a, launch);
  else
    run_sweeps<Products<128>>(p, a, launch);
}

} // namespace

ASSAY_VARIANT(Variant<AttentionBwd, float>{
    .name = "cuda_streaming",
    .idea = "tiles in shared memory, dq by queries, then dk and dv by keys",
    .numerics = numerics::f32,
    .repeatable = true,
    .run = run,
    .accepts = [](const attention::Problem& p) { return std::max(p.dim, p.value_dim) <= 128; },
    .scratch = [](const attention::Problem& p) { return Scratch(p, Carver(nullptr)).bytes; },
    .prepare = [](const attention::Problem& p,
                  const Launch& launch) { prepare_gradient(Scratch(p, Carver(launch.scratch.data())).bias, p.dim, launch.stream); }});

} // namespace assay
