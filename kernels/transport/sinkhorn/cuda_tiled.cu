// Tiles of pairs in registers (pairs.cuh). Limit: up to four coordinates, exponentials, 16 a clock, beside some d + 4 other operations, 128
// a clock. Wide points: fused multiply-adds; for the plan's cost, additions as well. Coordinates are filled up to 2, 4 or a multiple of 16.
#include "kernels/transport/sweeps.cuh"

namespace assay {
namespace {

void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  (p.dim <= 2 ? solve<Tiled<2>> : p.dim <= 4 ? solve<Tiled<4>> : solve<Tiled<0>>)(p, a, launch);
}

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cuda_tiled",
                                       .idea = "tiles of pairs in registers, origins from the sweep before",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = run,
                                       .accepts = [](const Sinkhorn::Problem& p) { return p.dim <= 64; },
                                       .scratch = workspace_size<>});

} // namespace assay
