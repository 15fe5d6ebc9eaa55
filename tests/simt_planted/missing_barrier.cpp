// A block reverses its tile through shared memory.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 128;
struct Tile {
  int at[threads];
};

template <bool planted> __global__ void __launch_bounds__(threads) reverse(const int* x, int* y) {
  Tile& tile = gpu::shared<Tile>();
  const unsigned base = blockIdx.x * threads;
  tile.at[threadIdx.x] = x[base + threadIdx.x];
  if constexpr (!planted) __syncthreads();
  y[base + threadIdx.x] = tile.at[threads - 1 - threadIdx.x];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(3 * threads, 1000);
  std::vector<int> want(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) want[i] = x[i / threads * threads + threads - 1 - i % threads];
  const Device<int> from(x), to(x.size());
  gpu::launch({3, threads, 0, &stream}, ASSAY_EITHER(planted, reverse), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("no barrier between writing a tile and reading another thread's element", run);

} // namespace assay::planted
