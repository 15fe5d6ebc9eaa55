// Sums by one block, and what is wrong with the data of a call. In an unnamed namespace: the same source is compiled once for every backend
// that executes it.
#pragma once

#include <cmath>

#include "kernels/device/gpu.hpp"

namespace assay {
namespace {

constexpr double ln2 = 0.69314718055994531;
constexpr int wide_block = 256;

struct Tree {
  double at[wide_block];
};

// The same for all threads; the order of operations depends on nothing.
template <class F> __device__ double combined(double x, const F& combine) {
  Tree& tree = gpu::shared<Tree>();
  const unsigned t = threadIdx.x;
  tree.at[t] = x;
  __syncthreads();
  for (unsigned half = wide_block / 2; half > 0; half /= 2) {
    if (t < half) tree.at[t] = combine(tree.at[t], tree.at[t + half]);
    __syncthreads();
  }
  const double all = tree.at[0];
  __syncthreads();
  return all;
}
__device__ inline double summed(double x) {
  return combined(x, [](double a, double b) { return a + b; });
}

// sinkhorn.hpp: errors that only data show, in parts. Block k has coordinate k: the squared extent of the box, and its centre, if asked
// for; block dim has the weights: infinity where they are no distributions. NaN in a sum or a box makes it NaN, and no comparison holds.
__global__ void __launch_bounds__(wide_block)
    examine(int n, int m, int dim, const float* x, const float* a, const float* y, const float* b, double* centre, double* extent) {
  const auto t = static_cast<int>(threadIdx.x), k = static_cast<int>(blockIdx.x);
  if (k == dim) {
    double first = 0, second = 0, broken = 0;
#pragma unroll 8
    for (int i = t; i < n; i += wide_block) first += static_cast<double>(a[i]), broken += a[i] >= 0 ? 0 : 1;
#pragma unroll 8
    for (int j = t; j < m; j += wide_block) second += static_cast<double>(b[j]), broken += b[j] >= 0 ? 0 : 1;
    const double apart = fmax(fabs(summed(first) - 1), fabs(summed(second) - 1));
    broken = summed(broken);
    if (t == 0) extent[dim] = broken == 0 && apart <= 0x1p-10 ? 0 : static_cast<double>(INFINITY);
    return;
  }
  float least = INFINITY, most = -INFINITY, trace = 0;
  const auto see = [&](const float* points, int count) {
#pragma unroll 8
    for (int i = t; i < count; i += wide_block) {
      const float z = points[static_cast<std::int64_t>(i) * dim + k];
      trace += 0 * z;
      least = fminf(least, z), most = fmaxf(most, z);
    }
  };
  see(x, n), see(y, m);
  const double low = combined(static_cast<double>(least), [](double one, double other) { return fmin(one, other); });
  const double high = combined(static_cast<double>(most), [](double one, double other) { return fmax(one, other); });
  const double broken = summed(static_cast<double>(trace));
  if (t != 0) return;
  extent[k] = (high - low) * (high - low) + broken;
  if (centre != nullptr) centre[k] = (low + high) / 2;
}

// One block.
__global__ void __launch_bounds__(wide_block) conclude(int dim, const double* extent, double eps, int* fine) {
  double sum = 0;
  for (int k = static_cast<int>(threadIdx.x); k <= dim; k += wide_block) sum += extent[k];
  sum = summed(sum);
  if (threadIdx.x == 0) *fine = sum <= eps / 16 * 0x1p24 ? 1 : 0;
}

// extent: room for dim + 1.
template <class P, class A> void launch_examination(const P& p, const A& a, double* centre, double* extent, int* fine, void* stream) {
  gpu::launch({static_cast<unsigned>(p.dim + 1), wide_block, 0, stream}, examine, p.n, p.m, p.dim, a.x, a.a, a.y, a.b, centre, extent);
  gpu::launch({1u, wide_block, 0, stream}, conclude, p.dim, extent, p.eps, fine);
}

} // namespace
} // namespace assay
