// Four warps multiply matrices of ones by wgmma.
#include "kernels/device/hopper.hpp"
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 128, n = 64, elements = 64 * gpu::tile_columns;
constexpr std::uint16_t one = 0x3c00; // in fp16

template <bool planted> __global__ void __launch_bounds__(threads) product(float* y) {
  gpu::Dynamic dynamic;
  auto* const a = dynamic.take<std::uint16_t>(elements, 1024);
  auto* const b = dynamic.take<std::uint16_t>(elements, 1024);
  for (unsigned i = threadIdx.x; i < elements; i += threads) a[i] = b[i] = one;
  gpu::fence_shared_for_wgmma();
  __syncthreads();
  float d[n / 2];
  gpu::wgmma_fence();
  for (unsigned k = 0; k < gpu::tile_columns; k += 16)
    gpu::wgmma<__half, false>(d, gpu::wgmma_k_major(a, k), gpu::wgmma_k_major(b, k), k > 0);
  gpu::wgmma_commit();
  if (!planted) gpu::wgmma_wait<0>(d);
  for (unsigned i = 0; i < n / 2; ++i) y[i * threads + threadIdx.x] = d[i];
  if (planted) gpu::wgmma_wait<0>(d);
}

Seen run(bool planted, simt::Stream& stream) {
  const Device<float> to(64 * n);
  gpu::launch({1, threads, 2 * elements * 2, &stream}, ASSAY_EITHER(planted, product), to.data());
  return compare(to, std::vector<float>(64 * n, 64.0f));
}

} // namespace

ASSAY_PLANTED("accumulators are used before the wait for their product", run);

} // namespace assay::planted
