// Differences of neighbours; the last element has no neighbour, and what is read for it is not used.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) differences(const int* x, int* y, unsigned n) {
  const unsigned i = threadIdx.x;
  if (i >= n) return;
  const volatile int* const next = x + (planted || i + 1 < n ? i + 1 : i);
  const int step = *next - x[i];
  y[i] = i + 1 < n ? step : 0;
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned n = 30;
  std::vector<int> want(n, 1);
  want.back() = 0;
  const Device<int> from(counting<int>(n, 100)), to(n);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, differences), from.data(), to.data(), n);
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("a read past the end that stays within the guard band and changes nothing", run);

} // namespace assay::planted
