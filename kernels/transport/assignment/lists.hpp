// For every row the columns that are nearest to it at reduced cost, and a bound on all others. In an auction, and along augmenting paths,
// v only falls and reduced costs c - v only rise: what was bounded from below stays so, and a list need not be made anew as long as its
// two best are within the bound.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/transport/assignment/scan.hpp"

namespace assay::transport {

class Lists {
public:
  static constexpr int kept = 32, most = 64; // blocks whose minima make the bound, and columns of a list
  static constexpr double inf = std::numeric_limits<double>::infinity();

  struct Row {
    double bound; // of reduced costs outside the list
    std::int32_t count = 0;
    std::int32_t column[most];
    double cost[most];
  };

  Lists(const Columns& columns, Scanner scanner, const double* rows, std::size_t stride, const double* v)
      : columns_(columns),
        scanner_(scanner),
        rows_(rows),
        stride_(stride),
        v_(v),
        list_(columns.n),
        cost_(columns.padded),
        reduced_(columns.padded),
        least_(columns.padded / block),
        sorted_(least_.size()) {}

  const Row& operator[](int i) const { return list_[static_cast<std::size_t>(i)]; }
  bool all_finite() const { return finite_; }

  // Costs and reduced costs of a row against all columns; returns the least of them.
  double scan(int i) {
    finite_ =
        scanner_(columns_, rows_ + static_cast<std::size_t>(i) * stride_, v_, cost_.data(), reduced_.data(), least_.data()) && finite_;
    return *std::min_element(least_.begin(), least_.end());
  }
  const std::vector<double>& cost() const { return cost_; } // of the last scan, as reduced()
  const std::vector<double>& reduced() const { return reduced_; }

  void renew(int i) {
    scan(i);
    list_scanned(i);
  }
  // Of the row that was scanned last.
  void list_scanned(int i) {
    double bound = inf;
    if (least_.size() > kept) {
      std::copy(least_.begin(), least_.end(), sorted_.begin());
      std::nth_element(sorted_.begin(), sorted_.begin() + kept - 1, sorted_.end());
      bound = sorted_[kept - 1];
    }
    near_.clear();
    for (std::size_t b = 0; b < least_.size(); ++b)
      if (least_[b] <= bound)
        for (std::size_t j = b * block; j < (b + 1) * block; ++j)
          if (reduced_[j] <= bound && reduced_[j] < inf) near_.push_back(static_cast<std::int32_t>(j));
    if (near_.size() > most) {
      const auto nearer = [&](std::int32_t a, std::int32_t b) { return of(reduced_, a) < of(reduced_, b); };
      std::nth_element(near_.begin(), near_.begin() + most - 1, near_.end(), nearer);
      bound = of(reduced_, near_[most - 1]);
      near_.resize(most);
    }
    Row& row = list_[static_cast<std::size_t>(i)];
    row.bound = bound;
    row.count = static_cast<std::int32_t>(near_.size());
    for (std::size_t k = 0; k < near_.size(); ++k) row.column[k] = near_[k], row.cost[k] = of(cost_, near_[k]);
  }

private:
  static double of(const std::vector<double>& x, std::int32_t j) { return x[static_cast<std::size_t>(j)]; }

  Columns columns_;
  Scanner scanner_;
  const double* rows_;
  std::size_t stride_;
  const double* v_;
  std::vector<Row> list_;
  std::vector<double> cost_, reduced_, least_, sorted_;
  std::vector<std::int32_t> near_;
  bool finite_ = true;
};

} // namespace assay::transport
