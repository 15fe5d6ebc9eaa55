// Every block adds its sum to one number.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) accumulate(const int* x, int* y) {
  int mine = x[blockIdx.x * gpu::warp + threadIdx.x];
  for (unsigned distance = gpu::warp / 2; distance > 0; distance /= 2)
    mine += __shfl_xor_sync(gpu::whole_warp, mine, static_cast<int>(distance));
  if (threadIdx.x != 0) return;
  if constexpr (planted)
    *y += mine;
  else
    atomicAdd(y, mine);
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned blocks = 5;
  const Device<int> from(std::vector<int>(blocks * gpu::warp, 1)), to(std::vector<int>{0});
  gpu::launch({blocks, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, accumulate), from.data(), to.data());
  return compare(to, {blocks * gpu::warp});
}

} // namespace

ASSAY_PLANTED("blocks add to one number in global memory without an atomic", run);

} // namespace assay::planted
