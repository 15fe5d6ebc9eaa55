// Two arrays in dynamic shared memory; the launch asks for their bytes.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 64;

__global__ void __launch_bounds__(threads) exchange(const int* x, int* y) {
  gpu::Dynamic memory;
  int* const first = memory.take<int>(threads);
  int* const second = memory.take<int>(threads);
  first[threadIdx.x] = x[threadIdx.x];
  second[threadIdx.x] = x[threadIdx.x] + 1;
  __syncthreads();
  y[threadIdx.x] = first[threads - 1 - threadIdx.x] + second[threads - 1 - threadIdx.x];
}

Seen run(bool planted, simt::Stream& stream) {
  const std::vector<int> x = counting<int>(threads, 100);
  std::vector<int> want;
  for (auto value = x.rbegin(); value != x.rend(); ++value) want.push_back(2 * *value + 1);
  const Device<int> from(x), to(threads);
  gpu::launch({1, threads, (planted ? 1 : 2) * threads * sizeof(int), &stream}, exchange, from.data(), to.data());
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("the launch asks for less shared memory than the kernel takes", run);

} // namespace assay::planted
