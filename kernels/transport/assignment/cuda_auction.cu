// An auction in one block, which all multiprocessors prepare. Most of its rounds have one bidder or a few, so what counts is how soon a bid
// can follow another: prices and owners stand in shared memory, and a bid looks at a list of near columns (near_columns.cuh).
//   prices   to begin with: Sinkhorn sweeps of all blocks (soft_prices.cuh), which leave few rows that want more than their list has
//   phases   steps fall fourfold from the last temperature to 2^-40 of the largest cost. Before each, all blocks renew lists, and let those
//            rows go that are farther than a step from their best column
//   rounds   a row each for 16 warps, which bid at once; each finds out for itself whether it has won. A warp goes on with the row that it
//            has put out. Where one row is left, its warp goes on alone, without barriers
// n steps are far within what is asked of answers, so no paths follow; forbidden pairs, and costs that are all zero, are left to paths.
// Limit: the latency of a bid, in the long chains of bids that a phase ends with.
#include <algorithm>
#include <cmath>

#include "kernels/transport/assignment/near_columns.cuh"
#include "kernels/transport/assignment/soft_prices.cuh"

namespace assay {
namespace {

constexpr int block = 256, rows_of_block = block / lanes; // of kernels that have a warp for each row
constexpr int bidders = 16, auction_block = bidders * lanes;
constexpr double last_step = 0x1p-40; // of the largest cost
constexpr int few = lanes;            // points that are sold at once: prices begin at zero, and stay in the caches
constexpr int most_close = 8192;      // columns whose prices and owners fit into shared memory, on all architectures from 8.0 on
constexpr int least_sweeps = 8, most_sweeps = 100, points_of_sweep = 32;

struct Sale {
  double* largest; // cost
  float *f, *g;
  Near near;
  std::int32_t *owner, *queue, *paths;
  State state; // of the paths
};

__device__ inline std::int32_t row_of_warp() {
  return static_cast<std::int32_t>(blockIdx.x * static_cast<unsigned>(rows_of_block) + threadIdx.x / gpu::warp);
}

// The largest cost, infinite where a pair is forbidden: sizes of doubles are in the order of their bits.
__global__ void __launch_bounds__(block) examine(Pairs<float> p, Answer a, Sale s) {
  const std::int32_t row = row_of_warp();
  if (row >= p.n) return;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  double largest = 0;
  for (int j = lane; j < p.n; j += lanes) {
    const double size = fabs(cost(p, row, j));
    if (size > largest) largest = size;
  }
  for (int apart = lanes / 2; apart > 0; apart /= 2) {
    const double other = __shfl_xor_sync(gpu::whole_warp, largest, apart);
    if (other > largest) largest = other;
  }
  if (lane != 0) return;
  atomicMax(reinterpret_cast<unsigned long long*>(s.largest), static_cast<unsigned long long>(__double_as_longlong(largest)));
  a.match[row] = s.owner[row] = -1;
  s.f[row] = s.g[row] = 0;
}

__global__ void __launch_bounds__(block) begin(int n, Answer a, Sale s) {
  const int j = static_cast<int>(blockIdx.x) * block + static_cast<int>(threadIdx.x);
  const float g = j < n ? s.g[j] : 0;
  if (j < n) a.v[j] = fabsf(g) < INFINITY ? static_cast<double>(g) * *s.largest : 0;
}

// Renews lists of which half is beyond the bound, and takes columns from rows that are too far from their best.
__global__ void __launch_bounds__(block) settle(Pairs<float> p, Answer a, Sale s, bool first, double step) {
  const std::int32_t row = row_of_warp();
  if (row >= p.n || !solvable(*s.largest)) return;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  Two two{};
  if (!first) two = two_of(s.near, a.v, row);
  if (__reduce_add_sync(gpu::whole_warp, static_cast<unsigned>(two.within)) < kept / 2) {
    renew(p, s.near, a.v, row);
    two = two_of(s.near, a.v, row);
  }
  const std::int32_t j = a.match[row];
  __syncwarp();
  if (lane != 0 || j < 0 || cost(p, row, j) - a.v[j] <= two.best + step * *s.largest) return;
  a.match[row] = -1;
  s.owner[j] = -1;
}

struct Room {
  double price[bidders];
  std::int32_t column[bidders], next[bidders];
  unsigned waiting[bidders];
};

struct Bid {
  double price;
  std::int32_t column; // -1: none
};

__device__ inline Bid bid_of(const Pairs<float>& p, const Near& near, const double* v, std::int32_t row, double step) {
  Two two = two_of(near, v, row);
  if (!(two.second <= near.bound[row])) {
    renew(p, near, v, row);
    two = two_of(near, v, row);
  }
  return {v[two.column] - (two.second - two.best + step), two.column};
}

// The rows without a column, in order; returns how many.
__device__ inline int line_up(int n, const std::int32_t* match, std::int32_t* queue) {
  Room& room = gpu::shared<Room>();
  const int me = static_cast<int>(threadIdx.x), lane = me % lanes, team = me / lanes;
  int count = 0;
  for (int first = 0; first < n; first += auction_block) {
    const bool waits = first + me < n && match[first + me] < 0;
    const unsigned of_warp = __ballot_sync(gpu::whole_warp, waits);
    if (lane == 0) room.waiting[team] = static_cast<unsigned>(__popc(of_warp));
    __syncthreads();
    const unsigned other = lane < bidders ? room.waiting[lane] : 0;
    const unsigned before = __reduce_add_sync(gpu::whole_warp, lane < team ? other : 0);
    const unsigned all = __reduce_add_sync(gpu::whole_warp, other);
    if (waits) queue[count + static_cast<int>(before) + __popc(of_warp & ((1u << lane) - 1))] = first + me;
    count += static_cast<int>(all);
    __syncthreads();
  }
  return count;
}

// All rows get columns of their own. close: prices and owners are copied to shared memory.
template <bool close> __global__ void __launch_bounds__(auction_block, 1) sell(Pairs<float> p, Answer a, Sale s, double step) {
  const int me = static_cast<int>(threadIdx.x), lane = me % lanes, team = me / lanes;
  if (me == 0) *s.paths = solvable(*s.largest) ? 0 : 1;
  if (!solvable(*s.largest)) return;
  step *= *s.largest;
  Room& room = gpu::shared<Room>();
  int waiting = line_up(p.n, a.match, s.queue);
  if (waiting == 0) return;
  double* v = a.v;
  std::int32_t* owner = s.owner;
  if constexpr (close) {
    gpu::Dynamic memory;
    v = memory.take<double>(static_cast<std::size_t>(p.n));
    owner = memory.take<std::int32_t>(static_cast<std::size_t>(p.n));
    for (int j = me; j < p.n; j += auction_block) v[j] = a.v[j], owner[j] = s.owner[j];
    __syncthreads();
  }

  std::int32_t row = team < waiting ? s.queue[waiting - 1 - team] : -1;
  int busy = waiting < bidders ? waiting : bidders;
  waiting -= busy;
  while (busy > 1 || waiting > 0) {
    Bid bid{0, -1};
    if (row >= 0) bid = bid_of(p, s.near, v, row, step);
    if (lane == 0) room.price[team] = bid.price, room.column[team] = bid.column;
    __syncthreads();
    if (row >= 0) {
      const double other = room.price[lane % bidders];
      const bool outbid =
          lane < bidders && room.column[lane % bidders] == bid.column && (other < bid.price || (other == bid.price && lane < team));
      if (!__any_sync(gpu::whole_warp, outbid)) {
        const std::int32_t out = owner[bid.column];
        __syncwarp();
        if (lane == 0) v[bid.column] = bid.price, owner[bid.column] = row;
        row = out;
      }
    }
    if (lane == 0) room.next[team] = row;
    __syncthreads();
    const unsigned idle = __ballot_sync(gpu::whole_warp, lane < bidders && room.next[lane % bidders] < 0);
    const int place = __popc(idle & ((1u << team) - 1)), places = __popc(idle), filled = waiting < places ? waiting : places;
    if (row < 0 && place < waiting) row = s.queue[waiting - 1 - place];
    waiting -= filled;
    busy = bidders - places + filled;
  }
  while (row >= 0) { // alone
    const Bid bid = bid_of(p, s.near, v, row, step);
    const std::int32_t out = owner[bid.column];
    __syncwarp();
    if (lane == 0) v[bid.column] = bid.price, owner[bid.column] = row;
    __syncwarp();
    row = out;
  }
  __syncthreads();

  for (int j = me; j < p.n; j += auction_block) {
    a.match[owner[j]] = j;
    if (close) a.v[j] = v[j], s.owner[j] = owner[j];
  }
}

struct Numbers {
  double of[auction_block];
};

// Of all threads; called by all.
template <class F> __device__ double of_block(double mine, const F& both) {
  double* const all = gpu::shared<Numbers>().of;
  const int me = static_cast<int>(threadIdx.x);
  __syncthreads(); // the last one has been read
  all[me] = mine;
  for (int half = auction_block / 2; half > 0; half /= 2) {
    __syncthreads();
    if (me < half) all[me] = both(all[me], all[me + half]);
  }
  __syncthreads();
  return all[0];
}

// The value, and prices of which the largest is 0: they matter up to a constant, and every step lowers them all.
__global__ void __launch_bounds__(auction_block) settle_up(Pairs<float> p, Answer a, Sale s) {
  if (!solvable(*s.largest)) return;
  const int me = static_cast<int>(threadIdx.x);
  double top = -INFINITY, value = 0;
  for (int j = me; j < p.n; j += auction_block) {
    if (a.v[j] > top) top = a.v[j];
    value += cost(p, j, a.match[j]);
  }
  top = of_block(top, [](double x, double y) { return x > y ? x : y; });
  value = of_block(value, [](double x, double y) { return x + y; });
  for (int j = me; j < p.n; j += auction_block) a.v[j] -= top;
  if (me == 0) *a.value = value;
}

__global__ void __launch_bounds__(block) certify(Pairs<float> p, Answer a, Sale s) {
  const std::int32_t row = row_of_warp();
  if (row >= p.n || !solvable(*s.largest)) return;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  double least = INFINITY;
  for (int j = lane; j < p.n; j += lanes) {
    const double reduced = cost(p, row, j) - a.v[j];
    if (reduced < least) least = reduced;
  }
  for (int apart = lanes / 2; apart > 0; apart /= 2) {
    const double other = __shfl_xor_sync(gpu::whole_warp, least, apart);
    if (other < least) least = other;
  }
  if (lane == 0) a.u[row] = least;
}

Sale sale_at(std::byte* memory, int n) {
  const Near near = near_at(memory, n);
  memory += near_bytes(n);
  auto* const largest = reinterpret_cast<double*>(memory);
  memory += sizeof(double);
  const State state = state_at(memory, n);
  auto* const f = reinterpret_cast<float*>(memory + state_bytes(n));
  return {largest, f, f + n, near, state.row_of, state.before, reinterpret_cast<std::int32_t*>(f + 2 * std::int64_t{n}), state};
}

unsigned blocks_for(int count, int each) { return static_cast<unsigned>((count + each - 1) / each); }

void auction(const Pairs<float>& p, const Answer& a, const Sale& s, void* stream) {
  const gpu::Shape rows{blocks_for(p.n, rows_of_block), block, 0, stream};
  gpu::clear(s.largest, sizeof(double), stream);
  gpu::launch(rows, examine, p, a, s);
  double step = 0.25; // of the largest cost
  if (p.n > few) {
    constexpr double hottest = 1.0 / 16;
    const gpu::Shape points{blocks_for(p.n, sweep_block / lanes * points_of_warp), sweep_block, 0, stream};
    auto* const pass = p.costs != Costs::matrix && p.dim == 2 ? sweep<2> : sweep<0>;
    step /= p.n;
    const int sweeps = std::clamp(p.n / points_of_sweep, least_sweeps, most_sweeps);
    for (int k = 0; k < sweeps; ++k) {
      const double temperature = hottest * std::pow(step / hottest, k / (sweeps - 1.0));
      const auto scale = static_cast<float>(1 / (std::log(2.0) * temperature));
      gpu::launch(points, pass, p, s.largest, true, s.g, s.f, scale);
      gpu::launch(points, pass, p, s.largest, false, s.f, s.g, scale);
    }
  }
  gpu::launch({blocks_for(p.n, block), block, 0, stream}, begin, p.n, a, s);
  const bool close = p.n > few && p.n <= most_close;
  const auto n = static_cast<std::size_t>(p.n);
  const std::size_t bytes = (n * sizeof(double) + 15) / 16 * 16 + n * sizeof(std::int32_t);
  const gpu::Shape one{1u, auction_block, close ? bytes : 0, stream};
  for (bool first = true; step >= last_step; step /= 4, first = false) {
    gpu::launch(rows, settle, p, a, s, first, step);
    gpu::launch(one, close ? sell<true> : sell<false>, p, a, s, step);
  }
  gpu::launch({1u, auction_block, 0, stream}, settle_up, p, a, s);
  gpu::launch(rows, certify, p, a, s);
}

void run(const Assignment::Problem& problem, const Assignment::Args<float>& args, const Launch& launch) {
  const Pairs<float> p = pairs_of(problem, args);
  const Answer a = answer_of(args);
  const Sale s = sale_at(launch.scratch.data(), p.n);
  if (p.n >= 2) auction(p, a, s, launch.stream);
  gpu::launch({1u, threads, 0, launch.stream}, find_match<float>, p, a, s.state, p.n < 2 ? nullptr : s.paths);
}

} // namespace

ASSAY_VARIANT(Variant<Assignment, float>{.name = "cuda_auction",
                                         .idea = "an auction over lists of near columns, from prices of Sinkhorn sweeps",
                                         .numerics = numerics::f32,
                                         .repeatable = true,
                                         .run = run,
                                         .scratch = [](const Assignment::Problem& p) {
                                           return near_bytes(p.n) + state_bytes(p.n) + sizeof(double) +
                                                  (2 * static_cast<std::size_t>(p.n) + 1) * sizeof(float);
                                         }});

} // namespace assay
