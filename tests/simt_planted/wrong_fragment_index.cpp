// A 16 x 16 by 16 x 8 product of small integers on one warp.
#include "kernels/device/matrix.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

__device__ unsigned pair(int low, int high) {
  const auto bits = [](int value) { return __float_as_uint(static_cast<float>(value)) >> 16; };
  return bits(low) | bits(high) << 16;
}

template <bool planted> __global__ void __launch_bounds__(gpu::warp) product(const int* a, const int* b, float* c) {
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  unsigned left[4], right[2];
  for (unsigned r = 0; r < 4; ++r) {
    const unsigned row = g + 8 * (planted ? r / 2 : r % 2), column = 2 * t + 8 * (planted ? r % 2 : r / 2);
    left[r] = pair(a[16 * row + column], a[16 * row + column + 1]);
  }
  for (unsigned r = 0; r < 2; ++r) right[r] = pair(b[8 * (2 * t + 8 * r) + g], b[8 * (2 * t + 8 * r + 1) + g]);
  float sum[4] = {};
  gpu::multiply_bf16(sum, left, right);
  for (unsigned k = 0; k < 4; ++k) c[8 * (g + 8 * (k / 2)) + 2 * t + k % 2] = sum[k];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> a = counting<int>(256, 11), b = counting<int>(128, 7);
  std::vector<float> want(128);
  for (unsigned i = 0; i < 16; ++i)
    for (unsigned j = 0; j < 8; ++j)
      for (unsigned k = 0; k < 16; ++k) want[8 * i + j] += static_cast<float>(a[16 * i + k] * b[8 * k + j]);
  const Device<int> left(a), right(b);
  const Device<float> to(128);
  gpu::launch({1, gpu::warp, 0, &stream}, ASSAY_EITHER(planted, product), left.data(), right.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("two registers of a fragment are swapped", run);

} // namespace assay::planted
