// Passes over pairs for one variant after another: what is summed of them, and the kernels around it. P goes through the pairs (pairs.cuh,
// pairs_mma.cuh). The origin of a row's sum is its logarithm of the sweep before, as in cpu_simd: one pass without comparisons is enough
// where sums stay within 2^60 of one; what is dropped is then below 2^-66 of the sum a term. A block in which one does not looks for its
// largest exponents and sums again. In the first sweep, whose sums are means of exponentials of costs, origins are 0. Costs are norms and
// products, but for the plan's, which wants differences of coordinates. In an unnamed namespace, as entropic.cuh.
#pragma once

#include "kernels/transport/pairs.cuh"

namespace assay {
namespace {

// Passes over pairs. With few coordinates a sum of products starts from its constant; many are added first, so that their roundings are of
// their own size.
struct Products {
  __device__ static float term(float term, float norm) { return term - norm; }
  __device__ static float join(float x, float y, float e) { return fmaf(x, y, e); }
};
template <int own> struct Sums : Products {
  static constexpr bool relative = true; // has origins
  float sum[own] = {};
  __device__ static float early(float t, float origin) { return t - origin; }
  __device__ static float late(float t, float origin, float e) { return (t - origin) + e; }
  __device__ static float doubled(float t, float origin, float product) { return fmaf(2, product, t - origin); }
  __device__ void done(int r, float, float, float e) { sum[r] += gpu::exp2_approximate(e); }
};
template <int own> struct Largest : Products {
  static constexpr bool relative = false;
  float most[own];
  __device__ static float early(float t, float) { return t; }
  __device__ static float late(float t, float, float e) { return t + e; }
  __device__ static float doubled(float t, float, float product) { return fmaf(2, product, t); }
  __device__ void done(int r, float, float, float e) { most[r] = fmaxf(most[r], e); }
};
template <int own> struct Kept {
  static constexpr bool relative = true;
  float sum[own] = {}, costs[own] = {};
  __device__ static float term(float term, float) { return term; }
  __device__ static float join(float x, float y, float square) {
    const float apart = x - y;
    return fmaf(apart, apart, square);
  }
  __device__ static float early(float, float) { return 0; }
  __device__ static float late(float, float, float square) { return square; }
  __device__ void done(int r, float t, float origin, float square) {
    const float w = gpu::exp2_approximate((t - origin) - square);
    sum[r] += w;
    costs[r] = fmaf(w, square, costs[r]);
  }
};

struct Add {
  __device__ float operator()(float x, float y) const { return x + y; }
};
struct Larger {
  __device__ float operator()(float x, float y) const { return fmaxf(x, y); }
};

template <class P> __device__ float largest(const P& pairs) {
  Largest<P::own> pass;
#pragma unroll
  for (int r = 0; r < P::own; ++r) pass.most[r] = -INFINITY;
  pairs.over(pass);
  return pairs.combined(pass.most, pairs.shares, Larger());
}

template <class P> __global__ void __launch_bounds__(P::threads, P::blocks)
    log_sums(const __grid_constant__ typename P::Side z, const __grid_constant__ typename P::Side to, const float* from, float* sums,
             float* terms) {
  P pairs(z, to, from);
  pairs.begin();
  pairs.take_rows(2);
  const int t = static_cast<int>(threadIdx.x), i = pairs.own_row();
  const bool has_row = pairs.has_row();
  float origin = has_row ? z.sum[i] + z.norm[i] : 0, sum;
  for (bool again = false;; again = true) {
    if (t < pairs.rows) pairs.origins[t] = origin;
    __syncthreads();
    Sums<P::own> pass;
    pairs.over(pass);
    sum = pairs.combined(pass.sum, pairs.shares, Add());
    const bool far = has_row && !(sum >= 0x1p-60f && sum <= 0x1p60f);
    if (again || __syncthreads_or(far) == 0) break;
    pairs.begin();
    origin = largest(pairs);
    __syncthreads();
    pairs.begin();
  }
  if (!has_row) return;
  sums[i] = origin + log2f(sum) - z.norm[i];
  if (terms != nullptr) terms[i] = z.weight[i] - sums[i];
}

template <class P> __global__ void __launch_bounds__(P::threads, P::blocks)
    nearest_of(const __grid_constant__ typename P::Side z, const __grid_constant__ typename P::Side to, float* nearest) {
  P pairs(z, to, to.potential);
  pairs.begin();
  pairs.take_rows(2);
  __syncthreads();
  const float most = largest(pairs);
  if (pairs.has_row()) nearest[pairs.own_row()] = z.norm[pairs.own_row()] - most;
}

template <class P> __global__ void __launch_bounds__(P::threads, P::blocks)
    kept_of(const __grid_constant__ typename P::Side z, const __grid_constant__ typename P::Side to, float* mass, float* cost) {
  P pairs(z, to, to.scaled_term);
  pairs.begin();
  pairs.take_rows(1);
  if (static_cast<int>(threadIdx.x) < pairs.rows) pairs.origins[threadIdx.x] = pairs.has_row() ? z.sum[pairs.own_row()] : 0;
  __syncthreads();
  Kept<P::own> pass;
  pairs.over(pass);
  const float sum = pairs.combined(pass.sum, pairs.shares, Add());
  const float costs = pairs.combined(pass.costs, pairs.shares + pairs.warps * pairs.rows, Add());
  if (pairs.has_row()) mass[pairs.own_row()] = sum, cost[pairs.own_row()] = costs;
}

template <class P, class... Parameters, class... Arguments>
void go(const Cloud& z, const Cloud& to, const Launch& launch, void (*kernel)(Parameters...), const Arguments&... arguments) {
  gpu::launch({static_cast<unsigned>((z.count + P::rows - 1) / P::rows), P::threads, P::bytes(z.width), launch.stream}, kernel,
              typename P::Side(z), typename P::Side(to), arguments...);
}

// Fewer rows than `many` are fewer for each block, so that all multiprocessors have one.
template <class Few, class Many, int many> struct Sized {
  static constexpr bool halves = false;
  static bool enough(const Cloud& z) { return z.count >= many; }
  static void log_sums(const Cloud& z, const Cloud& to, const float* from, float* sums, float* terms, const Launch& launch) {
    enough(z) ? go<Many>(z, to, launch, assay::log_sums<Many>, from, sums, terms)
              : go<Few>(z, to, launch, assay::log_sums<Few>, from, sums, terms);
  }
  static void nearest(const Cloud& z, const Cloud& to, float* nearest, const Launch& launch) {
    enough(z) ? go<Many>(z, to, launch, nearest_of<Many>, nearest) : go<Few>(z, to, launch, nearest_of<Few>, nearest);
  }
  static void kept(const Cloud& z, const Cloud& to, float* mass, float* cost, const Launch& launch) {
    enough(z) ? go<Many>(z, to, launch, kept_of<Many>, mass, cost) : go<Few>(z, to, launch, kept_of<Few>, mass, cost);
  }
};
// In the plane four rows a thread are enough to load few numbers for each exponential, and blocks half as large end at times nearer to one
// another.
template <int dims> using Tiled = Sized<Pairs<dims, 1>, Pairs<dims, dims == 2 ? 4 : 8>, dims == 2 ? 2048 : 6144>;

} // namespace
} // namespace assay
