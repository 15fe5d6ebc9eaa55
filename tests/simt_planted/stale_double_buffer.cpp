// Sums over tiles in two buffers: the next tile is copied while this one is used.
#include "kernels/device/copy.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 64, tiles = 5;
struct Buffers {
  int at[2][threads];
};

template <bool planted> __global__ void __launch_bounds__(threads) sums(const int* x, int* y) {
  Buffers& buffers = gpu::shared<Buffers>();
  const unsigned t = threadIdx.x;
  const auto fetch = [&](unsigned tile) {
    if (tile < tiles) gpu::copy_async<4>(&buffers.at[tile % 2][t], x + tile * threads + t);
    gpu::commit_copies();
  };
  fetch(0);
  int sum = 0;
  for (unsigned tile = 0; tile < tiles; ++tile) {
    fetch(tile + 1);
    gpu::wait_copies<1>();
    __syncthreads();
    sum += buffers.at[tile % 2][threads - 1 - t];
    if constexpr (!planted) __syncthreads(); // the next turn overwrites what others may still read
  }
  y[t] = sum;
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(tiles * threads, 97);
  std::vector<int> want(threads);
  for (unsigned i = 0; i < x.size(); ++i) want[threads - 1 - i % threads] += x[i];
  const Device<int> from(x), to(threads);
  gpu::launch({1, threads, 0, &stream}, ASSAY_EITHER(planted, sums), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("no barrier at the end of a loop over two buffers: a copy overwrites a tile in use", run);

} // namespace assay::planted
