// Reads one row of a matrix of 3 x 2^30 bytes, of which only that row is ever touched.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr std::size_t width = std::size_t{1} << 20, rows = 3 << 10;

template <bool planted> __global__ void __launch_bounds__(gpu::warp) read_row(const signed char* x, int row, int* y) {
  const int lane = static_cast<int>(threadIdx.x);
  if constexpr (planted)
    y[lane] = x[row * static_cast<int>(width) + lane];
  else
    y[lane] = x[static_cast<std::size_t>(row) * width + threadIdx.x];
}

Seen run(bool planted, simt::Stream& stream) {
  struct Matrix {
    signed char* data = static_cast<signed char*>(simt::allocate(rows * width));
    ~Matrix() { simt::release(data); }
  };
  const Matrix matrix;
  const std::vector<signed char> x = counting<signed char>(gpu::warp, 32);
  simt::upload(matrix.data + (rows - 1) * width, x.data(), x.size());
  const Device<int> to(gpu::warp);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, read_row), matrix.data, static_cast<int>(rows) - 1, to.data());
  return compare(to, std::vector<int>(x.begin(), x.end()));
}

} // namespace

ASSAY_PLANTED("an index is computed in 32 bits beyond 2^31", run);

} // namespace assay::planted
