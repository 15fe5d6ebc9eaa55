// A block doubles a tile that asynchronous copies bring to shared memory.
#include "kernels/device/copy.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 64;
struct Tile {
  int at[threads];
};

template <bool planted> __global__ void __launch_bounds__(threads) doubled(const int* x, int* y) {
  Tile& tile = gpu::shared<Tile>();
  gpu::copy_async<4>(&tile.at[threadIdx.x], x + threadIdx.x);
  gpu::commit_copies();
  if constexpr (!planted) gpu::wait_copies<0>();
  __syncthreads();
  y[threadIdx.x] = 2 * tile.at[threads - 1 - threadIdx.x];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(threads, 100);
  std::vector<int> want;
  for (auto value = x.rbegin(); value != x.rend(); ++value) want.push_back(2 * *value);
  const Device<int> from(x), to(threads);
  gpu::launch({1, threads, 0, &stream}, ASSAY_EITHER(planted, doubled), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("an asynchronous copy is not waited for", run);

} // namespace assay::planted
