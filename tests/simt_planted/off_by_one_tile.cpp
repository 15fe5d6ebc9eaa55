// Sums of the rows of a tile in shared memory; the element behind a row belongs to the next one.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned side = 32;
struct Tile {
  int at[side][side];
};

template <bool planted> __global__ void __launch_bounds__(side) row_sums(const int* x, int* y) {
  Tile& tile = gpu::shared<Tile>();
  for (unsigned row = 0; row < side; ++row) tile.at[row][threadIdx.x] = x[row * side + threadIdx.x];
  __syncthreads();
  const int* const row = tile.at[threadIdx.x];
  int sum = 0;
  for (unsigned k = 0; k < side + (planted ? 1 : 0); ++k) sum += row[k];
  y[threadIdx.x] = sum;
}

// The first column is zero, so that only the last row's sum is wrong, by what lies behind the tile.
Seen run(bool planted, simt::Stream& stream) {
  std::vector<int> x(side * side), want(side);
  for (unsigned i = 0; i < side; ++i)
    for (unsigned k = 1; k < side; ++k) want[i] += x[i * side + k] = static_cast<int>(i + k);
  const Device<int> from(x), to(side);
  gpu::launch({1, side, 0, &stream}, ASSAY_EITHER(planted, row_sums), from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("inner loop of a tile runs one element too far", run);

} // namespace assay::planted
