// Sum over a warp whose upper half takes no part.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) half_sum(const int* x, int* y) {
  constexpr unsigned half = gpu::warp / 2;
  int sum = x[threadIdx.x];
  if (threadIdx.x < half) {
    // Too many: the mask names lanes that never come here.
    const unsigned mask = planted ? gpu::whole_warp : 0xffffu;
    for (unsigned distance = half / 2; distance > 0; distance /= 2) sum += __shfl_xor_sync(mask, sum, static_cast<int>(distance));
  }
  if (threadIdx.x == 0) *y = sum;
}

Seen run(bool planted, simt::Stream& stream) {
  const Device<int> from(counting<int>(gpu::warp, 100)), to(1);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, half_sum), from.data(), to.data());
  return compare(to, {120});
}

} // namespace

ASSAY_PLANTED("mask of a shuffle names lanes that do not call it", run);

} // namespace assay::planted
