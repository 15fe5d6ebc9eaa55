// Sum over a block from one partial per warp, with room for the partials of a larger block.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 96, room = 4;
struct Partials {
  int of_warp[room];
};

template <bool planted> __global__ void __launch_bounds__(threads) sum(const int* x, int* y) {
  Partials& partials = gpu::shared<Partials>();
  int mine = x[threadIdx.x];
  for (unsigned distance = gpu::warp / 2; distance > 0; distance /= 2)
    mine += __shfl_xor_sync(gpu::whole_warp, mine, static_cast<int>(distance));
  if (threadIdx.x % gpu::warp == 0) partials.of_warp[threadIdx.x / gpu::warp] = mine;
  __syncthreads();
  if (threadIdx.x != 0) return;
  int all = 0;
  for (unsigned k = 0; k < (planted ? room : threads / gpu::warp); ++k) all += partials.of_warp[k];
  *y = all;
}

Seen run(bool planted, simt::Stream& stream) {
  const Device<int> from(std::vector<int>(threads, 2)), to(1);
  gpu::launch({1, threads, 0, &stream}, ASSAY_EITHER(planted, sum), from.data(), to.data());
  return compare(to, {2 * threads});
}

} // namespace

ASSAY_PLANTED("partial sums of warps that do not exist are read from shared memory", run);

} // namespace assay::planted
