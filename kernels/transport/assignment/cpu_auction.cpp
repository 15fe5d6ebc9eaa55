// An auction finds duals that are nearly right, shortest paths make the rest of them right. Neither looks at all columns: each row has a
// list of its nearest at reduced cost, and a bound on the others that tells when the list is not enough (lists.hpp). Eight doubles at a
// time where all columns are looked at: when lists are made, and for the certificate at the end.
//   auction       steps of epsilon, which falls by `fall` from phase to phase (Bertsekas 1988); rows that are still within epsilon of
//                 their best keep their column. Then with epsilon = 0, where a row that gains nothing waits for the paths.
//   paths         Dijkstra with a heap. A row whose list may not be enough stands in the heap itself, at its bound: it is scanned when
//                 nothing nearer is left.
// Forbidden pairs: paths alone.
// Limit: the latency of bids, about 30 loads each, and for small n the scans.
#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <vector>

#include "kernels/simd.hpp"
#include "kernels/transport/assignment/lists.hpp"
#include "kernels/transport/costs.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/assignment/cpu_auction.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/assignment/scan-inl.h"
// clang-format on

#if HWY_ONCE
namespace assay {
namespace {

using transport::Columns, transport::Costs, transport::Lists;

HWY_EXPORT(Scan);
bool scan(const Columns& columns, const double* x, const double* v, double* cost, double* reduced, double* least) {
  return HWY_DYNAMIC_DISPATCH(Scan)(columns, x, v, cost, reduced, least);
}

constexpr double inf = Lists::inf;
constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Costs as a solver wants them: rows as they are given or copied, columns as lists.hpp has them.
struct Instance {
  Columns columns;
  std::size_t stride; // of rows
  std::vector<double> own_rows, y;
  const double* rows;

  Instance(std::size_t n, std::size_t dim, bool matrix)
      : columns{n, (n + transport::block - 1) / transport::block * transport::block, dim, matrix, nullptr},
        stride(matrix ? n : dim),
        y(dim * columns.padded, 0.0),
        rows(nullptr) {
    columns.y = y.data();
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
};

class Solver {
public:
  Solver(const Instance& instance, std::int32_t* match)
      : n_(static_cast<int>(instance.columns.n)),
        match_(match),
        v_(instance.columns.padded, -inf),
        lists_(instance.columns, scan, instance.rows, instance.stride, v_.data()),
        row_of_(at(n_), -1),
        distance_(at(n_)),
        start_(at(n_)),
        before_(at(n_)),
        seen_(at(n_), 0),
        done_(at(n_), 0) {
    std::fill(v_.begin(), v_.begin() + n_, 0.0);
    std::fill(match_, match_ + n_, -1);
  }

  void find_duals() {
    double spread = 0;
    for (int i = 0; i < n_; ++i) {
      lists_.renew(i);
      const Lists::Row& row = lists_[i];
      double least = inf, greatest = -inf;
      for (int k = 0; k < row.count; ++k) {
        least = std::min(least, row.cost[k]);
        greatest = std::max(greatest, row.cost[k]);
      }
      spread += greatest - least;
    }
    if (!lists_.all_finite() || n_ < 2 || !(spread > 0)) return;
    const double first = start * spread / n_;
    for (double epsilon = first; epsilon >= first * last; epsilon /= fall) auction(epsilon, std::int64_t{limit} * n_);
    auction(0, std::int64_t{limit} * n_);
  }

  // Returns the row from which no free column can be reached, or -1.
  int augment() {
    for (int i = 0; i < n_; ++i)
      if (match_[i] < 0 && !augment(i)) return i;
    return -1;
  }
  int owner(int j) const { return seen_[at(j)] == time_ && done_[at(j)] == time_ ? row_of_[at(j)] : -1; }

  // Largest v: 0, since they matter up to a constant. u: from all columns.
  void report(double* u, double* v, double* value) {
    const double top = *std::max_element(v_.begin(), v_.begin() + n_);
    for (int j = 0; j < n_; ++j) v[j] = v_[at(j)] -= top;
    *value = 0;
    for (int i = 0; i < n_; ++i) {
      u[i] = lists_.scan(i);
      *value += lists_.cost()[at(match_[i])];
    }
  }

private:
  static constexpr double start = 2, fall = 5, last = 8e-5;
  static constexpr int limit = 200; // bids of a row in a phase, on average; the paths end what an auction does not

  struct Best {
    int column = -1, second_column = -1;
    double cost = 0, reduced = inf, second = inf;
  };
  Best best_of(const Lists::Row& row) const {
    Best best;
    for (int k = 0; k < row.count; ++k) {
      const double reduced = row.cost[k] - v_[at(row.column[k])];
      if (reduced < best.reduced)
        best = {row.column[k], best.column, row.cost[k], reduced, best.reduced};
      else if (reduced < best.second)
        best.second = reduced, best.second_column = row.column[k];
    }
    return best;
  }
  Best best_of(int i) {
    Best best = best_of(lists_[i]);
    if (best.second <= lists_[i].bound) return best;
    lists_.renew(i);
    return best_of(lists_[i]);
  }

  void take(int i, int j) {
    if (row_of_[at(j)] >= 0) match_[row_of_[at(j)]] = -1;
    row_of_[at(j)] = i;
    match_[i] = j;
  }

  void auction(double epsilon, std::int64_t bids) {
    waiting_.clear();
    for (int i = n_ - 1; i >= 0; --i) {
      if (match_[i] >= 0) {
        const Best best = best_of(i);
        const int j = match_[i];
        const Lists::Row& row = lists_[i];
        const auto* const found = std::find(row.column, row.column + row.count, j);
        if (found != row.column + row.count && row.cost[found - row.column] - v_[at(j)] <= best.reduced + epsilon) continue;
        row_of_[at(j)] = -1;
        match_[i] = -1;
      }
      waiting_.push_back(i);
    }
    while (!waiting_.empty() && bids-- > 0) {
      const int i = waiting_.back();
      waiting_.pop_back();
      const Best best = best_of(i);
      int j = best.column;
      const double step = best.second - best.reduced + epsilon;
      if (!(step > 0)) { // only with epsilon = 0: two columns are as good
        if (row_of_[at(j)] >= 0) j = best.second_column;
        if (row_of_[at(j)] >= 0) continue;
      } else
        v_[at(j)] -= step;
      if (row_of_[at(j)] >= 0) waiting_.push_back(row_of_[at(j)]);
      take(i, j);
    }
  }

  struct Event {
    double distance;
    int what;                                                                      // a column, or ~row
    bool operator<(const Event& other) const { return distance > other.distance; } // the nearest first
  };
  void reach(int i, int j, double distance) {
    if (!(distance < nearest_free_) || done_[at(j)] == time_) return;
    if (seen_[at(j)] == time_ && distance >= distance_[at(j)]) return;
    seen_[at(j)] = time_;
    distance_[at(j)] = distance;
    before_[at(j)] = i;
    if (row_of_[at(j)] < 0) nearest_free_ = distance, end_ = j;
    events_.push({distance, j});
  }
  // Through row i, which is `start` less its reduced costs away.
  void reach_list(int i, double start) {
    const Lists::Row& row = lists_[i];
    for (int k = 0; k < row.count; ++k) reach(i, row.column[k], start + (row.cost[k] - v_[at(row.column[k])]));
    if (start + row.bound < nearest_free_) events_.push({start + row.bound, ~i}), start_[at(i)] = start;
  }
  double matched_cost(int i) {
    const Lists::Row& row = lists_[i];
    const auto* const found = std::find(row.column, row.column + row.count, match_[i]);
    if (found != row.column + row.count) return row.cost[found - row.column];
    lists_.renew(i);
    return lists_.cost()[at(match_[i])];
  }

  bool augment(int root) {
    ++time_;
    events_ = {};
    nearest_free_ = inf;
    end_ = -1;
    settled_.clear();
    reach_list(root, 0);
    while (!events_.empty() && events_.top().distance < nearest_free_) {
      const auto [distance, what] = events_.top();
      events_.pop();
      if (what < 0) {
        const int i = ~what;
        lists_.renew(i);
        for (int j = 0; j < n_; ++j) reach(i, j, start_[at(i)] + lists_.reduced()[at(j)]);
      } else if (done_[at(what)] != time_) {
        done_[at(what)] = time_;
        settled_.push_back(what);
        const int i = row_of_[at(what)];
        reach_list(i, distance - (matched_cost(i) - v_[at(what)]));
      }
    }
    if (end_ < 0) return false;
    for (const int j : settled_) v_[at(j)] += distance_[at(j)] - nearest_free_;
    for (int j = end_; j >= 0;) {
      const int i = before_[at(j)], next = match_[i];
      row_of_[at(j)] = i;
      match_[i] = j;
      j = next;
    }
    return true;
  }

  int n_;
  std::int32_t* match_;
  std::vector<double> v_;
  Lists lists_;
  std::vector<int> row_of_, waiting_, settled_;
  std::vector<double> distance_, start_;
  std::vector<int> before_, seen_, done_;
  std::priority_queue<Event> events_;
  double nearest_free_ = inf;
  int end_ = -1, time_ = 0;
};

void run(const Assignment::Problem& p, const Assignment::Args<double>& a, const Launch&) {
  const auto n = at(p.n), dim = at(p.dim);
  if (n == 0) {
    *a.value = 0;
    return;
  }
  Instance all(n, dim, p.costs == Costs::matrix);
  if (p.costs == Costs::columns) all.own_rows.resize(n * dim);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < dim; ++k) {
      all.y[k * all.columns.padded + i] = p.costs == Costs::rows ? a.y[i * dim + k] : a.y[k * n + i];
      if (p.costs == Costs::columns) all.own_rows[i * dim + k] = a.x[k * n + i];
    }
  all.rows = p.costs == Costs::matrix ? a.cost : p.costs == Costs::rows ? a.x : all.own_rows.data();
  Solver solver(all, a.match);
  solver.find_duals();
  if (const int stuck = solver.augment(); stuck >= 0)
    transport::report_infeasible(a, p.n, stuck, [&](int j) { return solver.owner(j); });
  else
    solver.report(a.u, a.v, a.value);
}

} // namespace

ASSAY_VARIANT(Variant<Assignment, double>{.name = "cpu_auction",
                                          .idea = "auction over lists of near columns, then shortest paths",
                                          .numerics = numerics::f64,
                                          .repeatable = true,
                                          .run = run});

} // namespace assay
#endif // HWY_ONCE
