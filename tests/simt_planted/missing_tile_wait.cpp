// A warp copies a tile that one lane has asked for.
#include "kernels/device/hopper.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned rows = 8, elements = rows * gpu::tile_columns;

template <bool planted> __global__ void __launch_bounds__(32) copies(const __grid_constant__ gpu::TensorMap map, std::uint16_t* y) {
  gpu::Dynamic dynamic;
  auto* const tile = dynamic.take<std::uint16_t>(elements, 1024);
  gpu::Mbarrier& arrived = *dynamic.take<gpu::Mbarrier>(1);
  if (threadIdx.x == 0) {
    arrived.init(1);
    arrived.arrive_and_expect(sizeof *tile * elements);
    gpu::load_tile(tile, map, 0, 0, arrived);
  }
  __syncthreads();
  if (!planted || threadIdx.x == 0) arrived.wait(0);
  for (unsigned i = 31 - threadIdx.x; i < elements; i += 32) y[i] = tile[i ^ i / 64 % 8 * 8];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<std::uint16_t> x = counting<std::uint16_t>(elements, 1000);
  const Device<std::uint16_t> from(x), to(elements);
  const gpu::TensorMap map =
      gpu::tensor_map(reinterpret_cast<const __half*>(from.data()), rows, gpu::tile_columns, gpu::tile_columns, rows);
  gpu::launch({1, 32, elements * 2 + 16, &stream}, ASSAY_EITHER(planted, copies), map, to.data());
  return compare(to, x);
}

} // namespace

ASSAY_PLANTED("all lanes but one read a tile without waiting for its mbarrier", run);

} // namespace assay::planted
