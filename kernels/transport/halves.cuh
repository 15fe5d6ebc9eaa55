// Coordinates as sums of two halves each, high + low, so that tensor cores can multiply them: a product is high high + (high low + low
// high) in fp32. In an unnamed namespace, as entropic.cuh.
//
// What it adds to an exponent, in units u = 2^-24, L the squared diagonal of the box in the same units, |x|² and |y|² at most L / 4: low is
// rounded within 2u of a coordinate, or 2^-25 where it is subnormal, and low low, at most u of a product, is left out: with Cauchy and
// Schwarz 2 (2 + 2 + 1) u |x| |y| <= 2.5 u L, and u sqrt(d L). A product of matrices may cut off 16 products and the sum before at the last
// place of the largest: at most 34 u |x| |y| each time, twice that in exponents, so 17 u L for 16 coordinates; before those of high high
// come all others, whose sums are 2^-10 times as large. The bound (sinkhorn.hpp) has 3 (d + 4) u L for a cost and its scaling, and 4 u for
// an exponential.
#pragma once

#include "kernels/transport/entropic.cuh"

namespace assay {
namespace {

__device__ inline float below_half(float x) { return x - gpu::widened(gpu::narrowed<Fp16>(x)); }

// Eight coordinates a thread.
__global__ void __launch_bounds__(narrow_block) split_cloud(Cloud c) {
  const int i = own_point(), k = static_cast<int>(blockIdx.y) * 8;
  if (i >= c.stride) return;
  uint4 high, low;
  unsigned *const highs = &high.x, *const lows = &low.x;
#pragma unroll
  for (int pair = 0; pair < 4; ++pair) {
    const float* const from = c.points + static_cast<std::int64_t>(k + 2 * pair) * c.stride + i;
    highs[pair] = gpu::packed<Fp16>(from[0], from[c.stride]);
    lows[pair] = gpu::packed<Fp16>(below_half(from[0]), below_half(from[c.stride]));
  }
  Fp16* const to = c.halves + static_cast<std::int64_t>(i) * c.width + k;
  *reinterpret_cast<uint4*>(to) = high;
  *reinterpret_cast<uint4*>(to + static_cast<std::int64_t>(c.stride) * c.width) = low;
}

} // namespace
} // namespace assay
