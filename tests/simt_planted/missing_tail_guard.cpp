// Four elements a thread; the last thread of an array that is no multiple of four has fewer.
#include "tests/simt_planted/planted.hpp"

namespace assay::planted {
namespace {

constexpr unsigned threads = 32;

template <bool planted> __global__ void __launch_bounds__(threads) doubled(const int* x, int* y, unsigned n) {
  const unsigned i = 4 * (blockIdx.x * threads + threadIdx.x);
  if (planted && i < n) {
    for (unsigned k = 0; k < 4; ++k) y[i + k] = 2 * x[i + k];
    return;
  }
  for (unsigned k = i; k < n && k < i + 4; ++k) y[k] = 2 * x[k];
}

Seen run(bool planted, simt::Stream& stream) {
  constexpr unsigned n = 301;
  const std::vector<int> x = counting<int>(n, 50);
  std::vector<int> want;
  for (const int value : x) want.push_back(2 * value);
  const Device<int> from(x), to(n);
  gpu::launch({3, threads, 0, &stream}, ASSAY_EITHER(planted, doubled), from.data(), to.data(), n);
  return compare(to, want);
}

} // namespace

ASSAY_PLANTED("no guard for the tail: the last vector is written whole", run);

} // namespace assay::planted
