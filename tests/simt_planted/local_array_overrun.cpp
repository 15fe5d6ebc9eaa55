// A window of the last four elements in a thread's own array; the fifth is read and not used.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

[[gnu::noinline]] __device__ int last_of(const volatile int* window, int count) { return window[count]; }

template <bool planted> __global__ void __launch_bounds__(gpu::warp) windows(const int* x, int* y) {
  int window[4];
  for (int k = 0; k < 4; ++k) window[k] = x[4 * threadIdx.x + static_cast<unsigned>(k)];
  const int unused = last_of(window, planted ? 4 : 3);
  y[threadIdx.x] = window[0] + window[3] + (unused & 0);
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(4 * gpu::warp, 100);
  std::vector<int> want(gpu::warp);
  for (std::size_t i = 0; i < want.size(); ++i) want[i] = x[4 * i] + x[4 * i + 3];
  const Device<int> from(x), to(gpu::warp);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, windows), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("a thread reads behind its own array, and the value is not used", run);

} // namespace assay::planted
