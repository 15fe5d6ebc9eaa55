// Shortest augmenting paths in one block: what the CUDA variants of assignment share.
#pragma once

#include "kernels/device/gpu.hpp"
#include "reference/transport/assignment.hpp"

namespace assay {
namespace {

using transport::Costs;

constexpr unsigned threads = 128;

template <class T> struct Pairs {
  int n, dim;
  Costs costs;
  const T *x, *y, *matrix;
};

// Infinite where forbidden.
template <class T> __device__ double cost(const Pairs<T>& p, std::int64_t i, std::int64_t j) {
  double c = 0;
  if (p.costs == Costs::matrix)
    c = static_cast<double>(p.matrix[i * p.n + j]);
  else
    for (int k = 0; k < p.dim; ++k) {
      const bool rows = p.costs == Costs::rows;
      const double apart = static_cast<double>(p.x[rows ? i * p.dim + k : k * std::int64_t{p.n} + i]) -
                           static_cast<double>(p.y[rows ? j * p.dim + k : k * std::int64_t{p.n} + j]);
      c += apart * apart;
    }
  return c > -INFINITY && c < INFINITY ? c : INFINITY; // not for NaN
}

struct Answer {
  std::int32_t* match;
  double *u, *v, *value;
};

// Of columns, but for the last.
struct State {
  double* distance;
  std::int32_t *before, *row_of, *done; // before: the row from which the path came
};

struct Nearest {
  double distance[threads];
  std::int32_t column[threads];
};

// The nearest of all threads' columns, the first of those that are as near; -1 where all are infinitely far.
__device__ inline void nearest_of_block(double& distance, std::int32_t& column) {
  Nearest& all = gpu::shared<Nearest>();
  const unsigned me = threadIdx.x;
  __syncthreads(); // the last one has been read
  all.distance[me] = distance;
  all.column[me] = column;
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (me >= half) continue;
    const double other = all.distance[me + half];
    const bool first = all.column[me] < 0 || (all.column[me + half] >= 0 && all.column[me + half] < all.column[me]);
    if (other < all.distance[me] || (other == all.distance[me] && first)) {
      all.distance[me] = other;
      all.column[me] = all.column[me + half];
    }
  }
  __syncthreads();
  distance = all.distance[0];
  column = all.column[0];
}

// The ray of assignment.hpp: rows that were reached want the columns that are done, which are fewer.
__device__ inline void report_infeasible(int n, int root, const Answer& a, const State& s) {
  for (int i = static_cast<int>(threadIdx.x); i < n; i += threads) {
    a.match[i] = -1;
    a.u[i] = i == root ? 1 : 0;
    a.v[i] = s.done[i] != 0 ? -1 : 0;
  }
  __syncthreads();
  for (int j = static_cast<int>(threadIdx.x); j < n; j += threads)
    if (s.done[j] != 0) a.u[s.row_of[j]] = 1;
  if (threadIdx.x == 0) *a.value = INFINITY;
}

// u and value, from v and a match. The first of a block's `all` threads adds the value up.
template <class T> __device__ void report(const Pairs<T>& p, const Answer& a, int all) {
  for (int i = static_cast<int>(threadIdx.x); i < p.n; i += all) {
    double least = INFINITY;
    for (int j = 0; j < p.n; ++j) {
      const double reduced = cost(p, i, j) - a.v[j];
      if (reduced < least) least = reduced;
    }
    a.u[i] = least;
  }
  if (threadIdx.x != 0) return;
  double value = 0;
  for (int i = 0; i < p.n; ++i) value += cost(p, i, a.match[i]);
  *a.value = value;
}

// Does nothing where `wanted` is given and says so.
template <class T> __global__ void __launch_bounds__(threads) find_match(Pairs<T> p, Answer a, State s, const std::int32_t* wanted) {
  if (wanted != nullptr && *wanted == 0) return;
  const int me = static_cast<int>(threadIdx.x);
  for (int j = me; j < p.n; j += threads) a.match[j] = s.row_of[j] = -1, a.v[j] = 0;
  for (int root = 0; root < p.n; ++root) {
    for (int j = me; j < p.n; j += threads) s.distance[j] = INFINITY, s.done[j] = 0; // each thread has columns of its own
    __syncthreads();
    int row = root, last = -1;
    double length = 0;
    while (row >= 0) {
      const double start = row == root ? 0 : length - (cost(p, row, last) - a.v[last]);
      double least = INFINITY;
      std::int32_t nearest = -1;
      for (int j = me; j < p.n; j += threads) {
        if (s.done[j] != 0) continue;
        const double through = start + (cost(p, row, j) - a.v[j]);
        if (through < s.distance[j]) s.distance[j] = through, s.before[j] = row;
        if (s.distance[j] < least) least = s.distance[j], nearest = j;
      }
      nearest_of_block(least, nearest);
      if (nearest < 0) {
        report_infeasible(p.n, root, a, s);
        return;
      }
      if (nearest % static_cast<int>(threads) == me) s.done[nearest] = 1;
      length = least;
      last = nearest;
      row = s.row_of[last];
    }
    for (int j = me; j < p.n; j += threads)
      if (s.done[j] != 0) a.v[j] += s.distance[j] - length;
    __syncthreads();
    if (me == 0)
      while (last >= 0) {
        const std::int32_t i = s.before[last], next = a.match[i];
        s.row_of[last] = i;
        a.match[i] = last;
        last = next;
      }
    __syncthreads();
  }
  report(p, a, threads);
}

template <class T> Pairs<T> pairs_of(const Assignment::Problem& p, const Assignment::Args<T>& a) {
  return {p.n, p.dim, p.costs, a.x, a.y, a.cost};
}
template <class T> Answer answer_of(const Assignment::Args<T>& a) { return {a.match, a.u, a.v, a.value}; }

inline std::size_t state_bytes(int n) { return static_cast<std::size_t>(n) * (sizeof(double) + 3 * sizeof(std::int32_t)); }
inline State state_at(std::byte* memory, int n) {
  auto* const distance = reinterpret_cast<double*>(memory);
  auto* const before = reinterpret_cast<std::int32_t*>(distance + n);
  return {distance, before, before + n, before + 2 * std::int64_t{n}};
}

} // namespace
} // namespace assay
