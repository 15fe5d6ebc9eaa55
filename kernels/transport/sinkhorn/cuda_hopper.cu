// Products of coordinates by wgmma, from halves (pairs_hopper.cuh); the plan's cost as in cuda_tiled. Limit: tensor cores, 6 d operations
// of 16 bits a pair, exponentials, and bringing both halves of all columns for each 64 rows: 0.6 of the first for d = 64, 0.4 of the
// second.
#include "kernels/transport/pairs_hopper.cuh"
#include "kernels/transport/sweeps.cuh"

namespace assay {
namespace {

template <int steps> struct Hopper : Sized<HopperPairs<steps>, HopperPairs<steps>, 0> {
  static constexpr bool halves = true;
  static constexpr auto kept = Tiled<0>::kept;
  static void split(const Cloud& c, const Launch& launch) {
    const auto blocks = static_cast<unsigned>((c.stride + narrow_block - 1) / narrow_block);
    gpu::launch({{blocks, static_cast<unsigned>(c.width) / 8}, narrow_block, 0, launch.stream}, split_cloud, c);
  }
};

void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  (p.dim <= 16 ? solve<Hopper<1>> : p.dim <= 32 ? solve<Hopper<2>> : solve<Hopper<4>>)(p, a, launch);
}

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cuda_hopper",
                                       .idea = "coordinates in two halves each, their products by wgmma",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = run,
                                       .accepts = [](const Sinkhorn::Problem& p) { return p.dim > 4 && p.dim <= 64; },
                                       .scratch = workspace_size<true>});

} // namespace assay
