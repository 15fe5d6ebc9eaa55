// Tiles of pairs in registers (pairs.cuh). The origin of a row's sum is its logarithm of the sweep before, as in cpu_simd: one pass without
// comparisons is enough where sums stay within 2^60 of one; what is dropped is then below 2^-66 of the sum a term. A block in which one
// does not looks for its largest exponents and sums again. In the first sweep, whose sums are means of exponentials of costs, origins are
// 0. Costs are norms and products, but for the plan's, which wants differences of coordinates. Limit: up to four coordinates, exponentials,
// 16 a clock, beside some d + 4 other operations, 128 a clock. Wide points: fused multiply-adds; for the plan's cost, additions as well.
// Coordinates are filled up to 2, 4 or a multiple of 16.
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
  __device__ void done(int r, float, float, float e) { sum[r] += gpu::exp2_approximate(e); }
};
template <int own> struct Largest : Products {
  static constexpr bool relative = false;
  float most[own];
  __device__ static float early(float t, float) { return t; }
  __device__ static float late(float t, float, float e) { return t + e; }
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

template <int dims, int own> __device__ float largest(const Pairs<dims, own>& pairs) {
  Largest<own> pass;
#pragma unroll
  for (int r = 0; r < own; ++r) pass.most[r] = -INFINITY;
  pairs.over(pass);
  return pairs.combined(pass.most, pairs.shares, Larger());
}

template <int dims, int own> __global__ void __launch_bounds__(Pairs<dims, own>::threads, Pairs<dims, own>::blocks)
    log_sums(Cloud z, Cloud to, const float* from, float* sums, float* terms) {
  Pairs<dims, own> pairs(z, to, from);
  pairs.begin();
  pairs.take_rows(2);
  const int t = static_cast<int>(threadIdx.x), i = pairs.own_row();
  const bool has_row = pairs.has_row();
  float origin = has_row ? z.sum[i] + z.norm[i] : 0, sum;
  for (bool again = false;; again = true) {
    if (t < pairs.rows) pairs.origins[t] = origin;
    __syncthreads();
    Sums<own> pass;
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

template <int dims, int own> __global__ void __launch_bounds__(Pairs<dims, own>::threads, Pairs<dims, own>::blocks)
    nearest_of(Cloud z, Cloud to, float* nearest) {
  Pairs<dims, own> pairs(z, to, to.potential);
  pairs.begin();
  pairs.take_rows(2);
  __syncthreads();
  const float most = largest(pairs);
  if (pairs.has_row()) nearest[pairs.own_row()] = z.norm[pairs.own_row()] - most;
}

template <int dims, int own> __global__ void __launch_bounds__(Pairs<dims, own>::threads, Pairs<dims, own>::blocks)
    kept_of(Cloud z, Cloud to, float* mass, float* cost) {
  Pairs<dims, own> pairs(z, to, to.scaled_term);
  pairs.begin();
  pairs.take_rows(1);
  if (static_cast<int>(threadIdx.x) < pairs.rows) pairs.origins[threadIdx.x] = pairs.has_row() ? z.sum[pairs.own_row()] : 0;
  __syncthreads();
  Kept<own> pass;
  pairs.over(pass);
  const float sum = pairs.combined(pass.sum, pairs.shares, Add());
  const float costs = pairs.combined(pass.costs, pairs.shares + pairs.warps * pairs.rows, Add());
  if (pairs.has_row()) mass[pairs.own_row()] = sum, cost[pairs.own_row()] = costs;
}

// Few rows are fewer for each block, so that all multiprocessors have one.
template <int dims> struct Tiled {
  static constexpr int few = 1, many = 8;
  template <int own, class... Parameters, class... Arguments>
  static void go(const Cloud& z, const Launch& launch, void (*kernel)(Parameters...), const Arguments&... arguments) {
    using P = Pairs<dims, own>;
    gpu::launch({static_cast<unsigned>((z.count + P::rows - 1) / P::rows), P::threads, P::bytes(z.width), launch.stream}, kernel, z,
                arguments...);
  }
  static bool enough(const Cloud& z) { return z.count >= 6144; }
  static void log_sums(const Cloud& z, const Cloud& to, const float* from, float* sums, float* terms, const Launch& launch) {
    enough(z) ? go<many>(z, launch, assay::log_sums<dims, many>, to, from, sums, terms)
              : go<few>(z, launch, assay::log_sums<dims, few>, to, from, sums, terms);
  }
  static void nearest(const Cloud& z, const Cloud& to, float* nearest, const Launch& launch) {
    enough(z) ? go<many>(z, launch, nearest_of<dims, many>, to, nearest) : go<few>(z, launch, nearest_of<dims, few>, to, nearest);
  }
  static void kept(const Cloud& z, const Cloud& to, float* mass, float* cost, const Launch& launch) {
    enough(z) ? go<many>(z, launch, kept_of<dims, many>, to, mass, cost) : go<few>(z, launch, kept_of<dims, few>, to, mass, cost);
  }
};

void run(const Sinkhorn::Problem& p, const Sinkhorn::Args<float>& a, const Launch& launch) {
  (p.dim <= 2 ? solve<Tiled<2>> : p.dim <= 4 ? solve<Tiled<4>> : solve<Tiled<0>>)(p, a, launch);
}

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cuda_tiled",
                                       .idea = "tiles of pairs in registers, origins from the sweep before",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = run,
                                       .accepts = [](const Sinkhorn::Problem& p) { return p.dim <= 64; },
                                       .scratch = workspace_size});

} // namespace assay
