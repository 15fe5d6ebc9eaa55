// Masks of the lowest bits of a word. Shifting by the whole width gives zero on a device and the unshifted word on x86.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) masks(unsigned* y) {
  const unsigned count = threadIdx.x;
  if constexpr (planted)
    y[count] = (gpu::whole_warp >> (gpu::warp - count)) & (count == 0 ? 0u : gpu::whole_warp);
  else
    y[count] = count == 0 ? 0u : gpu::whole_warp >> (gpu::warp - count);
}

Seen run(bool planted, simt::Stream& stream) {
  std::vector<unsigned> want(gpu::warp);
  for (unsigned i = 1; i < gpu::warp; ++i) want[i] = (1u << i) - 1;
  const Device<unsigned> to(gpu::warp);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, masks), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("a word is shifted by its whole width", run);

} // namespace assay::planted
