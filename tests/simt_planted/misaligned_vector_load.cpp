// Sums of four elements that begin at an offset.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) sums_of_four(const int* x, int* y, unsigned offset) {
  const int* const from = x + offset + 4 * threadIdx.x;
  if constexpr (planted) {
    const int4 v = *reinterpret_cast<const int4*>(from);
    y[threadIdx.x] = v.x + v.y + v.z + v.w;
  } else
    y[threadIdx.x] = from[0] + from[1] + from[2] + from[3];
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned offset = 1;
  const std::vector<int> x = counting<int>(4 * gpu::warp + offset, 100);
  std::vector<int> want(gpu::warp);
  for (std::size_t i = 0; i < 4 * gpu::warp; ++i) want[i / 4] += x[offset + i];
  const Device<int> from(x), to(gpu::warp);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, sums_of_four), from.data(), to.data(), offset);
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("a vector load from an address that is not a multiple of its size", run);

} // namespace assay::planted
