// A warp turns its elements around through shared memory.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

struct Lane {
  int at[gpu::warp];
};

template <bool planted> __global__ void __launch_bounds__(gpu::warp) rotate(const int* x, int* y) {
  Lane& memory = gpu::shared<Lane>();
  memory.at[threadIdx.x] = x[threadIdx.x];
  if constexpr (!planted) __syncwarp();
  y[threadIdx.x] = memory.at[(threadIdx.x + 1) % gpu::warp];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(gpu::warp, 100);
  std::vector<int> want(x.begin() + 1, x.end());
  want.push_back(x.front());
  const Device<int> from(x), to(gpu::warp);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, rotate), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("lanes of a warp exchange through shared memory without __syncwarp", run);

} // namespace assay::planted
