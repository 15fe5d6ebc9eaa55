// For every row the columns that are nearest to it at reduced cost, and a bound on all others, for whole warps: lists.hpp on a device.
// In an auction v only falls and reduced costs c - v only rise, so a list is enough as long as its two best are within the bound.
#pragma once

#include "kernels/transport/assignment/paths.cuh"

namespace assay {
namespace {

constexpr int lanes = static_cast<int>(gpu::warp), own = 2, kept = own * lanes; // columns of a lane, and of a list

// A list is in no order; what is missing costs infinity.
struct Near {
  double *bound, *cost; // [n], [n][kept]
  std::int32_t* column; // [n][kept]
};

inline std::size_t near_bytes(int n) {
  return static_cast<std::size_t>(n) * (sizeof(double) + kept * (sizeof(double) + sizeof(std::int32_t)));
}
inline Near near_at(std::byte* memory, int n) {
  auto* const bound = reinterpret_cast<double*>(memory);
  double* const cost = bound + n;
  return {bound, cost, reinterpret_cast<std::int32_t*>(cost + std::int64_t{n} * kept)};
}

struct Two {
  double best, second; // reduced costs
  std::int32_t column; // of the best
  int within;          // columns of the list that are no farther than its bound
};

// The first lane of those that have the least.
__device__ inline int lane_of_least(double x) {
  const auto bits = static_cast<unsigned long long>(__double_as_longlong(x));
  const unsigned long long ordered = bits >> 63 != 0 ? ~bits : bits | 1ull << 63;
  const unsigned high = static_cast<unsigned>(ordered >> 32);
  const unsigned least = __reduce_min_sync(gpu::whole_warp, high);
  unsigned with = __ballot_sync(gpu::whole_warp, high == least);
  if (__popc(with) > 1) {
    const unsigned low = high == least ? static_cast<unsigned>(ordered) : 0xffffffffu;
    const unsigned least_low = __reduce_min_sync(gpu::whole_warp, low);
    with &= __ballot_sync(gpu::whole_warp, low == least_low);
  }
  return __ffs(static_cast<int>(with)) - 1;
}

__device__ inline Two two_of(const Near& near, const double* v, std::int32_t row) {
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const double bound = near.bound[row];
  double best = INFINITY, second = INFINITY;
  std::int32_t column = 0;
  int within = 0;
#pragma unroll
  for (int k = 0; k < own; ++k) {
    const std::int64_t at = std::int64_t{row} * kept + k * lanes + lane;
    const std::int32_t j = near.column[at];
    const double reduced = near.cost[at] - v[j];
    within += reduced <= bound;
    if (reduced < best) {
      second = best;
      best = reduced;
      column = j;
    } else if (reduced < second)
      second = reduced;
  }
  const int first = lane_of_least(best);
  Two two{};
  two.best = __shfl_sync(gpu::whole_warp, best, first);
  two.column = __shfl_sync(gpu::whole_warp, column, first);
  const double next = lane == first ? second : best;
  two.second = __shfl_sync(gpu::whole_warp, next, lane_of_least(next));
  two.within = within;
  return two;
}

// Two looks at all columns: the least of every lane's share say how near at least `kept` columns are; of those that are as near each takes
// the place of the farthest.
__device__ inline void renew(const Pairs<float>& p, const Near& near, const double* v, std::int32_t row) {
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  double limit[own];
  for (double& x : limit) x = INFINITY;
  for (int j = lane; j < p.n; j += lanes) {
    double reduced = cost(p, row, j) - v[j];
#pragma unroll
    for (double& x : limit)
      if (reduced < x) {
        const double farther = x;
        x = reduced;
        reduced = farther;
      }
  }
  double far = limit[own - 1];
#pragma unroll
  for (int apart = lanes / 2; apart > 0; apart /= 2) {
    const double other = __shfl_xor_sync(gpu::whole_warp, far, apart);
    far = other > far ? other : far;
  }

  double reduced[own], farthest = INFINITY; // of the list
  std::int32_t column[own];
  int holder = 0, slot = 0; // the lane that has the farthest, and where it has its own farthest
#pragma unroll
  for (int k = 0; k < own; ++k) reduced[k] = INFINITY, column[k] = -1;
  for (int first = 0; first < p.n; first += lanes) {
    const int j = first + lane;
    const double mine = j < p.n ? cost(p, row, j) - v[j] : INFINITY;
    unsigned nearer = __ballot_sync(gpu::whole_warp, mine <= far && mine < farthest);
    while (nearer != 0) {
      const int from = __ffs(static_cast<int>(nearer)) - 1;
      nearer &= nearer - 1;
      const double x = __shfl_sync(gpu::whole_warp, mine, from);
      if (!(x < farthest)) continue;
#pragma unroll
      for (int k = 0; k < own; ++k)
        if (lane == holder && k == slot) reduced[k] = x, column[k] = first + from;
      double own_farthest = -INFINITY;
#pragma unroll
      for (int k = 0; k < own; ++k)
        if (reduced[k] > own_farthest) own_farthest = reduced[k], slot = k;
      holder = lane_of_least(-own_farthest);
      farthest = __shfl_sync(gpu::whole_warp, own_farthest, holder);
    }
  }
  __syncwarp(); // the old list has been read
#pragma unroll
  for (int k = 0; k < own; ++k) {
    const std::int64_t at = std::int64_t{row} * kept + k * lanes + lane;
    near.column[at] = column[k] < 0 ? 0 : column[k];
    near.cost[at] = column[k] < 0 ? INFINITY : cost(p, row, column[k]);
  }
  if (lane == 0) near.bound[row] = p.n > kept ? farthest : INFINITY;
  __syncwarp();
}

} // namespace
} // namespace assay
