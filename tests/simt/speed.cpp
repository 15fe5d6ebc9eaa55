// What emulation costs, printed and not judged: a program, no test. The preset decides under which sanitizers.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "kernels/device/matrix.hpp"

namespace assay {
namespace {

constexpr unsigned threads = 256, turns = 200;

__global__ void barriers(float*) {
  for (unsigned k = 0; k < turns; ++k) __syncthreads();
}
__global__ void shuffles(float*) {
  float x = 1;
  for (unsigned k = 0; k < turns; ++k) x = __shfl_xor_sync(gpu::whole_warp, x, 1);
}
__global__ void nothing(float*) {}
__global__ void multiply_adds(float* data) { // two loads each
  float sum = 0;
  for (unsigned k = 0; k < turns; ++k) sum = fmaf(data[k], data[threadIdx.x], sum);
  data[threads + threadIdx.x] = sum;
}
__global__ void products(float* data) {
  float d[4] = {};
  const unsigned a[4] = {}, b[2] = {};
  for (unsigned k = 0; k < turns; ++k) gpu::multiply_bf16(d, a, b);
  data[threads + threadIdx.x] = d[0];
}

double seconds(void (*kernel)(float*)) {
  float* const data = static_cast<float*>(simt::allocate(2 * threads * sizeof(float)));
  simt::fill(data, 0, 2 * threads * sizeof(float));
  simt::Stream stream;
  double best = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    gpu::launch({4, threads, 0, &stream}, kernel, data);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  simt::release(data);
  return best;
}

void print() {
  const double each = 4.0 * threads * turns;
  std::printf("thread start and end  %6.1f ns\n", 1e9 * seconds(nothing) / (4 * threads));
  std::printf("thread-barrier        %6.1f ns\n", 1e9 * seconds(barriers) / each);
  std::printf("shuffle, per lane     %6.1f ns\n", 1e9 * seconds(shuffles) / each);
  std::printf("fma with two loads    %6.2f Gflop/s\n", 2e-9 * each / seconds(multiply_adds));
  std::printf("mma.m16n8k16          %6.2f Gflop/s\n", 1e-9 * each / 32 * 2 * 16 * 8 * 16 / seconds(products));
}

} // namespace
} // namespace assay

int main() { assay::print(); }
