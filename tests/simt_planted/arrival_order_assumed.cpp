// Threads take places in a list by an atomic counter. Nothing races, but the list comes in the order of arrival.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) list(const int* x, unsigned* counter, int* y) {
  const unsigned place = planted ? atomicAdd(counter, 1u) : threadIdx.x;
  y[place] = x[threadIdx.x];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(gpu::warp, 100);
  const Device<int> from(x), to(gpu::warp);
  const Device<unsigned> counter(std::vector<unsigned>{0});
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, list), from.data(), counter.data(), to.data());
  return compare(to, x);
}

} // namespace

ASSAY_PLANTED("threads are taken to arrive at an atomic counter in their own order", run);

} // namespace assay::planted
