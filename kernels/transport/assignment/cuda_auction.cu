// An auction: a warp for each of up to 16 rows that bid at once, and steps that fall eightfold from a quarter of the largest cost to 2^-32
// of it. n such steps are far within what is asked of answers in fp32, so no paths follow; forbidden pairs, and costs that are all zero,
// are left to them. Limit: one multiprocessor; n costs for each bid, and a thread that sorts the bids of a round.
#include "kernels/transport/assignment/paths.cuh"

namespace assay {
namespace {

constexpr unsigned bidders = 16, block = bidders * gpu::warp;
constexpr int phases = 11; // the last with 2^-32

struct Bid {
  double price;
  std::int32_t row, column;
};

struct Room {
  double largest[block];
  Bid bid[bidders];
  int waiting;
};

// Of the queue, rows without a column; of every column, the row that has it.
struct Seats {
  std::int32_t *queue, *owner, *paths;
};

// Of all threads; called by all.
__device__ inline double largest_of_block(double mine) {
  double* const largest = gpu::shared<Room>().largest;
  const unsigned me = threadIdx.x;
  largest[me] = mine;
  for (unsigned half = block / 2; half > 0; half /= 2) {
    __syncthreads();
    if (me < half && largest[me + half] > largest[me]) largest[me] = largest[me + half];
  }
  __syncthreads();
  return largest[0];
}

// By a whole warp: the best column of a row, at a price that leaves it `step` beyond its second best. Equal ones: the first.
template <class T> __device__ Bid bid_of(const Pairs<T>& p, const double* v, std::int32_t row, double step) {
  const int lane = static_cast<int>(threadIdx.x % gpu::warp);
  double best = INFINITY, second = INFINITY;
  std::int32_t column = -1;
  for (int j = lane; j < p.n; j += static_cast<int>(gpu::warp)) {
    const double reduced = cost(p, row, j) - v[j];
    if (reduced < best) {
      second = best;
      best = reduced;
      column = j;
    } else if (reduced < second)
      second = reduced;
  }
  for (int apart = static_cast<int>(gpu::warp) / 2; apart > 0; apart /= 2) {
    const double other = __shfl_xor_sync(gpu::whole_warp, best, apart), behind = __shfl_xor_sync(gpu::whole_warp, second, apart);
    const std::int32_t there = __shfl_xor_sync(gpu::whole_warp, column, apart);
    if (other < best || (other == best && there < column)) {
      second = best < behind ? best : behind;
      best = other;
      column = there;
    } else if (other < second)
      second = other;
  }
  return {v[column] - (second - best + step), row, column};
}

template <class T> __global__ void __launch_bounds__(block, 1) sell(Pairs<T> p, Answer a, Seats s) {
  Room& room = gpu::shared<Room>();
  const unsigned me = threadIdx.x, team = me / gpu::warp;
  double largest = 0;
  for (std::int64_t k = me; k < std::int64_t{p.n} * p.n; k += block) {
    const double size = fabs(cost(p, k / p.n, k % p.n));
    if (size > largest) largest = size;
  }
  largest = largest_of_block(largest);
  const bool paths = p.n < 2 || !(largest > 0 && largest < INFINITY);
  if (me == 0) *s.paths = paths ? 1 : 0;
  if (paths) return;

  for (int j = static_cast<int>(me); j < p.n; j += static_cast<int>(block)) a.v[j] = 0;
  double step = largest / 4;
  for (int phase = 0; phase < phases; ++phase, step /= 8) {
    for (int i = static_cast<int>(me); i < p.n; i += static_cast<int>(block)) s.queue[i] = i, s.owner[i] = -1;
    if (me == 0) room.waiting = p.n;
    __syncthreads();
    while (room.waiting > 0) {
      const int waiting = room.waiting, bids = waiting < static_cast<int>(bidders) ? waiting : static_cast<int>(bidders);
      if (static_cast<int>(team) < bids) {
        const Bid bid = bid_of(p, a.v, s.queue[waiting - 1 - static_cast<int>(team)], step);
        if (me % gpu::warp == 0) room.bid[team] = bid;
      }
      __syncthreads();
      if (me == 0) {
        int top = waiting - bids;
        for (int k = 0; k < bids; ++k) {
          const Bid bid = room.bid[k];
          std::int32_t out = bid.row;
          if (bid.price < a.v[bid.column]) {
            out = s.owner[bid.column];
            s.owner[bid.column] = bid.row;
            a.v[bid.column] = bid.price;
          }
          if (out >= 0) s.queue[top++] = out;
        }
        room.waiting = top;
      }
      __syncthreads();
    }
    __syncthreads();
  }
  double top = -INFINITY; // prices matter up to a constant, and every step lowers them all
  for (int j = static_cast<int>(me); j < p.n; j += static_cast<int>(block)) {
    a.match[s.owner[j]] = j;
    if (a.v[j] > top) top = a.v[j];
  }
  top = largest_of_block(top);
  for (int j = static_cast<int>(me); j < p.n; j += static_cast<int>(block)) a.v[j] -= top;
  __syncthreads();
  report(p, a, static_cast<int>(block));
}

void run(const Assignment::Problem& p, const Assignment::Args<float>& a, const Launch& launch) {
  const State state = state_at(launch.scratch.data(), p.n);
  const Seats seats{state.before, state.row_of, state.done + p.n};
  gpu::launch({1u, block, 0, launch.stream}, sell<float>, pairs_of(p, a), answer_of(a), seats);
  gpu::launch({1u, threads, 0, launch.stream}, find_match<float>, pairs_of(p, a), answer_of(a), state, seats.paths);
}

} // namespace

ASSAY_VARIANT(Variant<Assignment, float>{.name = "cuda_auction",
                                         .idea = "an auction with falling steps, 16 rows bid at once",
                                         .numerics = numerics::f32,
                                         .repeatable = true,
                                         .run = run,
                                         .scratch = [](const Assignment::Problem& p) { return state_bytes(p.n) + sizeof(std::int32_t); }});

} // namespace assay
