// Scratch memory and the sum of cpu_buckets, which are the same for every instruction set.
#pragma once

#include "kernels/carver.hpp"
#include "reference/transport/wasserstein_1d.hpp"

namespace assay::transport {

struct Bucket {
  double sum;        // sum_y (y - left) g - sum_x (x - left) f
  std::int32_t x, y; // points
};

template <class T> struct BucketScratch {
  std::int64_t buckets;
  Bucket* bucket;
  std::uint8_t* sort_it; // [buckets]
  T *x, *y;              // points to sort, and one behind them
  std::size_t bytes;
  BucketScratch(const Wasserstein1D::Problem& p, const void* memory) : buckets(1024) {
    while (buckets < 65536 && 8 * buckets < std::int64_t{p.n} + p.m) buckets *= 2;
    Carver carver(memory);
    bucket = carver.take<Bucket>(buckets);
    sort_it = carver.take<std::uint8_t>(buckets);
    x = carver.take<T>(p.n + 1), y = carver.take<T>(p.m + 1);
    bytes = carver.used();
  }
};

// Neumaier's sum of positive terms: off by 2 u of it.
class Total {
public:
  void add(double x) {
    const double next = sum_ + x;
    lost_ += sum_ >= x ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  double value() const { return sum_ + lost_; }

private:
  double sum_ = 0, lost_ = 0;
};

} // namespace assay::transport
