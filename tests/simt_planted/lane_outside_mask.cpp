// Every lane of the lower half takes its neighbour's element; the last one has none.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) neighbours(const int* x, int* y) {
  constexpr unsigned half = gpu::warp / 2;
  if (threadIdx.x >= half) return;
  const int mine = x[threadIdx.x];
  const int next = __shfl_down_sync(0xffffu, mine, 1, planted ? gpu::warp : half);
  y[threadIdx.x] = threadIdx.x == half - 1 ? mine : next - mine;
}

Seen run(bool planted, simt::Stream& stream) {
  const Device<int> from(counting<int>(gpu::warp, 100)), to(gpu::warp / 2);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, neighbours), from.data(), to.data());
  std::vector<int> want(gpu::warp / 2, 1);
  want.back() = gpu::warp / 2 - 1;
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("a shuffle reads a lane outside of its mask, and the value is not used", run);

} // namespace assay::planted
