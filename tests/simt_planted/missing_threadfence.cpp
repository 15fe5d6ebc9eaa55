// The last block to arrive adds the sums of all.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

template <bool planted> __global__ void __launch_bounds__(gpu::warp) total(const int* x, int* partials, unsigned* tickets, int* y) {
  int mine = x[blockIdx.x * gpu::warp + threadIdx.x];
  for (unsigned distance = gpu::warp / 2; distance > 0; distance /= 2)
    mine += __shfl_xor_sync(gpu::whole_warp, mine, static_cast<int>(distance));
  if (threadIdx.x != 0) return;
  partials[blockIdx.x] = mine;
  if constexpr (!planted) __threadfence();
  if (atomicAdd(tickets, 1u) != gridDim.x - 1) return;
  __threadfence();
  int all = 0;
  for (unsigned k = 0; k < gridDim.x; ++k) all += partials[k];
  *y = all;
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned blocks = 7;
  const Device<int> from(std::vector<int>(blocks * gpu::warp, 1)), partials(blocks), to(1);
  const Device<unsigned> tickets(std::vector<unsigned>{0});
  gpu::launch({blocks, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, total), from.data(), partials.data(), tickets.data(), to.data());
  return compare(to, {blocks * gpu::warp});
}

} // namespace

ASSAY_PLANTED("no __threadfence between a partial sum and the ticket that announces it", run);

} // namespace assay::planted
