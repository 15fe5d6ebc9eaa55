// The sweeps of cuda_streaming on tensor cores in 16 bits: mma.m16n8k16 from ldmatrix, cp.async into two stages. P and dS become operands
// in the registers in which they are made; at width 128 tiles of 32 columns leave room for both sums of 64 x 128.
// Limit: seven products of tiles where five would do with atomics, at the rate of mma.sync; below a window of some hundred keys the
// bandwidth of reading both sides. Partial sums of a bias take 1 / 64 of a matrix of the pairs.
#include "kernels/attention/backward_sweeps.cuh"
#include "kernels/device/streaming_mma.hpp"

namespace assay {
namespace {

constexpr int warps = 4;
template <class T, int width> using Products = gpu::MmaProducts<T, width, warps, width == 64 ? 64 : 32, false>;
using Scratch = SweepScratch<Products<Bf16, 64>::rows>;

template <class T> void run(const attention::Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) {
  if (std::max(p.dim, p.value_dim) <= 64)
    run_sweeps<Products<T, 64>>(p, a, launch);
  else
    run_sweeps<Products<T, 128>>(p, a, launch);
}

template <class T> constexpr Variant<AttentionBwd, T> variant(Numerics numerics) {
  return {.name = "cuda_mma",
          .idea = "products of tiles on tensor cores, P and dS from registers",
          .numerics = numerics,
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const attention::Problem& p) { return std::max(p.dim, p.value_dim) <= 128; },
          .scratch = [](const attention::Problem& p) { return Scratch(p, Carver(nullptr)).bytes; },
          .prepare = [](const attention::Problem& p,
                        const Launch& launch) { prepare_gradient(Scratch(p, Carver(launch.scratch.data())).bias, p.dim, launch.stream); }};
}

} // namespace

ASSAY_VARIANT(variant<Bf16>(numerics::bf16_mma));
ASSAY_VARIANT(variant<Fp16>(numerics::f16_mma));

} // namespace assay
