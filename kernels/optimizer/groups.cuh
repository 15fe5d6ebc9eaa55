// What the naive CUDA variants share: one block of 256 threads takes a whole group or tensor, element t, t + 256, ...;
// sums in double, so that their order does not matter. In an unnamed namespace, as chunks.cuh.
#pragma once

#include <limits>

#include "kernels/device/gpu.hpp"
#include "kernels/optimizer/chunks.hpp"

namespace assay {
namespace {

using optimizer::Chunk;

constexpr int threads = 256;
constexpr std::int64_t whole = std::numeric_limits<std::int64_t>::max() / 2; // a chunk that holds every group

__device__ inline float widened(float x) { return x; }
__device__ inline float widened(Bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
__device__ inline void narrow(float x, float& to) { to = x; }
__device__ inline void narrow(float x, Bf16& to) {
  to.bits = static_cast<std::uint16_t>(__float_as_uint(__bfloat162float(__float2bfloat16_rn(x))) >> 16);
}

struct Sums {
  double of_thread[threads];
};

// Sum over the block by halving; every thread gets it.
__device__ inline double block_sum(double x) {
  double* const sum = gpu::shared<Sums>().of_thread;
  __syncthreads(); // a sum before this one has been read by all
  sum[threadIdx.x] = x;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
  }
  __syncthreads();
  return sum[0];
}

template <class P> __device__ double squares(const Chunk& group, const P* theta) {
  double sum = 0;
  for (std::int64_t i = group.begin + threadIdx.x; i < group.begin + group.length; i += threads)
    sum += static_cast<double>(widened(theta[i])) * static_cast<double>(widened(theta[i]));
  return block_sum(sum);
}

// One block per tensor.
template <class G> __global__ void __launch_bounds__(threads)
    flag_tensors(const Chunk* table, const G* g, bool nan_only, std::uint8_t* bad) {
  const Chunk tensor = table[blockIdx.x];
  bool found = false;
  for (std::int64_t i = tensor.begin + threadIdx.x; i < tensor.begin + tensor.length; i += threads)
    found = found || (nan_only ? isnan(widened(g[i])) : !isfinite(widened(g[i])));
  found = __syncthreads_or(found) != 0;
  if (threadIdx.x == 0) bad[tensor.tensor] = found ? 1 : 0;
}

inline unsigned blocks(std::int64_t count) { return static_cast<unsigned>(count); }

// Writes the table of whole groups or tensors.
inline void upload_table(Chunk* to, const optimizer::Layout& list, optimizer::Unit unit, void* stream) {
  const std::vector<Chunk> table = optimizer::chunk_table(list, unit, whole);
  gpu::upload(to, table.data(), table.size() * sizeof(Chunk), stream);
}

} // namespace
} // namespace assay
