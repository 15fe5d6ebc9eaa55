// One thread for each point, which goes through all points of the other cloud twice: for the largest term, and for the sum.
// Limit: loads; every thread reads every point of the other cloud, though all of a warp read the same one.
#include "kernels/transport/entropic.cuh"

namespace assay {
namespace {

__device__ inline float squared_distance(const Cloud& z, int i, const Cloud& to, int j) {
  float sum = 0;
  for (int k = 0; k < z.dim; ++k) {
    const float apart = z.points[static_cast<std::int64_t>(k) * z.stride + i] - to.points[static_cast<std::int64_t>(k) * to.stride + j];
    sum = fmaf(apart, apart, sum);
  }
  return sum;
}

__global__ void __launch_bounds__(narrow_block) log_sums(Cloud z, Cloud to, const float* from, float* sums, float* terms) {
  const int i = own_point();
  if (i >= z.count) return;
  float most = -INFINITY, sum = 0;
  for (int j = 0; j < to.count; ++j) most = fmaxf(most, from[j] - squared_distance(z, i, to, j));
  for (int j = 0; j < to.count; ++j) sum += gpu::exp2_approximate(from[j] - squared_distance(z, i, to, j) - most);
  sums[i] = most + log2f(sum);
  if (terms != nullptr) terms[i] = z.weight[i] - sums[i];
}

__global__ void __launch_bounds__(narrow_block) nearest_of(Cloud z, Cloud to, float* nearest) {
  const int i = own_point();
  if (i >= z.count) return;
  float least = INFINITY;
  for (int j = 0; j < to.count; ++j) least = fminf(least, squared_distance(z, i, to, j) - to.potential[j]);
  nearest[i] = least;
}

__global__ void __launch_bounds__(narrow_block) kept_of(Cloud z, Cloud to, float* mass, float* cost) {
  const int i = own_point();
  if (i >= z.count) return;
  float sum = 0, costs = 0;
  for (int j = 0; j < to.count; ++j) {
    const float square = squared_distance(z, i, to, j), w = gpu::exp2_approximate(to.scaled_term[j] - z.sum[i] - square);
    sum += w;
    costs = fmaf(w, square, costs);
  }
  mass[i] = sum, cost[i] = costs;
}

gpu::Shape shape(const Cloud& z, const Launch& launch) {
  return {static_cast<unsigned>((z.count + narrow_block - 1) / narrow_block), narrow_block, 0, launch.stream};
}

struct Naive {
  static constexpr bool halves = false;
  static void log_sums(const Cloud& z, const Cloud& to, const float* from, float* sums, float* terms, const Launch& launch) {
    gpu::launch(shape(z, launch), assay::log_sums, z, to, from, sums, terms);
  }
  static void nearest(const Cloud& z, const Cloud& to, float* nearest, const Launch& launch) {
    gpu::launch(shape(z, launch), nearest_of, z, to, nearest);
  }
  static void kept(const Cloud& z, const Cloud& to, float* mass, float* cost, const Launch& launch) {
    gpu::launch(shape(z, launch), kept_of, z, to, mass, cost);
  }
};

} // namespace

ASSAY_VARIANT(Variant<Sinkhorn, float>{.name = "cuda_naive",
                                       .idea = "one thread for each point, two passes over the other cloud",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = solve<Naive>,
                                       .scratch = workspace_size<>});

} // namespace assay
