// One warp sums tiles that another brings, all through the same memory.
#include "kernels/device/hopper.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned rows = 8, elements = rows * gpu::tile_columns, tiles = 4;

template <bool planted> __global__ void __launch_bounds__(64) sums(const __grid_constant__ gpu::TensorMap map, int* y) {
  gpu::Dynamic dynamic;
  auto* const tile = dynamic.take<std::uint16_t>(elements, 1024);
  gpu::Mbarrier& full = *dynamic.take<gpu::Mbarrier>(1);
  gpu::Mbarrier& empty = *dynamic.take<gpu::Mbarrier>(1);
  if (threadIdx.x == 0) {
    full.init(1);
    empty.init(32);
  }
  __syncthreads();
  if (threadIdx.x == 32)
    for (unsigned t = 0; t < tiles; ++t) {
      if (!planted) empty.wait((t + 1) % 2);
      full.arrive_and_expect(sizeof *tile * elements);
      gpu::load_tile(tile, map, static_cast<int>(t * rows), 0, full);
      if (planted) full.wait(t % 2); // one tile at a time, but nobody says that it has been read
    }
  if (threadIdx.x >= 32) return;
  int sum = 0;
  for (unsigned t = 0; t < tiles; ++t) {
    full.wait(t % 2);
    for (unsigned i = threadIdx.x; i < elements; i += 32) sum += tile[i];
    empty.arrive();
  }
  y[threadIdx.x] = sum;
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<std::uint16_t> x = counting<std::uint16_t>(tiles * elements, 1000);
  std::vector<int> want(32);
  for (unsigned row = 0; row < tiles * rows; ++row)
    for (unsigned c = 0; c < gpu::tile_columns; ++c) want[(c ^ row % 8 * 8) % 32] += x[row * gpu::tile_columns + c];
  const Device<std::uint16_t> from(x);
  const Device<int> to(32);
  const gpu::TensorMap map =
      gpu::tensor_map(reinterpret_cast<const __half*>(from.data()), tiles * rows, gpu::tile_columns, gpu::tile_columns, rows);
  gpu::launch({1, 64, elements * 2 + 32, &stream}, ASSAY_EITHER(planted, sums), map, to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("the next tile is brought before all have read the one in its place", run);

} // namespace assay::planted
