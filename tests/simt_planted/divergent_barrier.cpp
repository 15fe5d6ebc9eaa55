// Threads behind the end of the array skip a loop with a barrier in it.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 64;
struct Tile {
  int at[threads];
};

template <bool planted> __global__ void __launch_bounds__(threads) mirrored(const int* x, int* y, unsigned n) {
  Tile& tile = gpu::shared<Tile>();
  const unsigned t = threadIdx.x;
  if constexpr (planted) {
    if (t < n) {
      tile.at[t] = x[t];
      __syncthreads();
    } else {
      tile.at[t] = 0;
      __syncthreads();
    }
  } else {
    tile.at[t] = t < n ? x[t] : 0;
    __syncthreads();
  }
  if (t < n) y[t] = tile.at[n - 1 - t];
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned n = 40;
  const std::vector<int> x = counting<int>(n, 100);
  const Device<int> from(x), to(n);
  gpu::launch({1, threads, 0, &stream}, ASSAY_EITHER(planted, mirrored), from.data(), to.data(), n);
  return compare(to, std::vector<int>(x.rbegin(), x.rend()));
}

} // namespace

ASSAY_PLANTED("threads of a block stand at two different barriers", run);

} // namespace assay::planted
