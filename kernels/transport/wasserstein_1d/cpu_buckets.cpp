// W_1 = int |F - G|, most of it without sorting. Points fall into buckets whose width is a power of two, so that their places are exact.
// In units of one over the least common multiple of n and m, D = F - G is a whole number. Where |D| at the left end of a bucket is at
// least twice what the points of the bucket can move it, its sign cannot change, and the integral over the bucket is linear in the points:
//   |D_right width - sum_x (x - left) f + sum_y (y - left) g|,   f and g the weights of a point
// Only points of other buckets are gathered, sorted and walked. Two clouds of the same law have |D| of about sqrt(n), so that is one point
// in ten at a million. With c points of mass M the sum is off by growth(c) + 2 roundings of M width and one of itself; it is at least
// |D| width / 2, and M at most |D|: 2 growth(c) + 5 roundings, of it and so of the whole. c is limited so that these and the last three are
// not above growth(n + m); buckets are added with a compensated sum.
// Limit: two increments in a cache line a point, in 1 MB. Sizes: n + m >= 4096, equal weights, p = 1.
#include <hwy/contrib/sort/vqsort.h>

#include <cmath>
#include <numeric>

#include "kernels/simd.hpp"
#include "kernels/transport/wasserstein_1d/buckets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/transport/wasserstein_1d/cpu_buckets.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include "kernels/transport/line-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
using namespace transport;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
};

// Of some 512 points that are finite: a guess, beyond which the first and the last bucket reach.
template <class T> void widen(Range& range, const T* x, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 1 + n / 512) {
    const auto at = static_cast<double>(x[i]);
    if (std::isfinite(at)) range.low = std::min(range.low, at), range.high = std::max(range.high, at);
  }
}

// Bucket number floor(x / width) - first, with 1 / width a power of two, but no less than 0 and no more than `last`.
struct Grid {
  double width, by_width, first, last;
  // each(bucket, x - left, k) of all points, k < n. Whether all are finite: x - x is NaN for those that are not, and so is every sum of it.
  template <class T, class Each> HWY_INLINE bool for_points(const T* x, std::size_t n, Each each) const {
    constexpr std::size_t block = 64;
    const hn::Rebind<std::int32_t, D> d32;
    alignas(64) std::int32_t number[block + lanes];
    alignas(64) double rest[block + lanes];
    const V w = hn::Set(D(), width), by = hn::Set(D(), by_width), origin = hn::Set(D(), first), top = hn::Set(D(), last);
    V odd = hn::Zero(D());
    for (std::size_t i = 0; i < n; i += block) {
      const std::size_t count = std::min(block, n - i);
      const auto locate = [&](const T* from, std::size_t k) HWY_ATTR {
        const V at = widened(from), left = hn::Floor(hn::Mul(at, by));
        hn::StoreU(hn::Sub(at, hn::Mul(left, w)), D(), rest + k);
        const V place = hn::Sub(left, origin);
        odd = hn::Add(odd, hn::Sub(at, at));
        hn::StoreU(hn::DemoteTo(d32, hn::Min(hn::IfThenElseZero(hn::Gt(place, hn::Zero(D())), place), top)), d32, number + k);
      };
      std::size_t k = 0;
      for (; k + lanes <= count; k += lanes) locate(x + i + k, k);
      if (k < count) {
        T some[lanes];
        for (std::size_t e = 0; e < lanes; ++e) some[e] = x[i + std::min(k + e, count - 1)];
        locate(some, k);
      }
      for (k = 0; k < count; ++k) each(number[k], rest[k], i + k);
    }
    return hn::GetLane(hn::SumOfLanes(D(), odd)) == 0;
  }
};

constexpr double infinity = std::numeric_limits<double>::infinity();

// int |D| over one bucket whose points are sorted; returns D at its right end. Beyond the first and the last point of all D is zero: the
// ends of their buckets are infinite, and not counted.
template <class T>
double walk(Total& total, double left, double right, double d, const T* x, std::int64_t n, double f, const T* y, std::int64_t m, double g) {
  double at = left;
  for (std::int64_t i = 0, j = 0; i < n || j < m;) {
    const bool of_x = j == m || (i < n && x[i] <= y[j]);
    const auto next = static_cast<double>(of_x ? x[i++] : y[j++]);
    if (at != infinity) total.add(std::fabs(d) * (next - at));
    d += of_x ? f : -g;
    at = next;
  }
  if (at != infinity && right != infinity) total.add(std::fabs(d) * (right - at));
  return d;
}

template <class T> double distance(const Wasserstein1D::Problem& p, const T* points_x, const T* points_y, const BucketScratch<T>& s,
                                   const hwy::Sorter& sorter) {
  const auto n = static_cast<std::size_t>(p.n), m = static_cast<std::size_t>(p.m);
  Range range;
  widen(range, points_x, n), widen(range, points_y, m);
  int exponent = 0;
  const double across = range.high - range.low, last = static_cast<double>(s.buckets - 1);
  std::frexp(across / (last - 1), &exponent);
  const double width = std::ldexp(1, exponent), by = std::ldexp(1, -exponent);
  // No width that is a number with its inverse, or edges that are none: points are then as far apart as they are rounded.
  if (!(across > 0) || !std::isfinite(across) || std::abs(exponent) > 1000 ||
      !(std::max(std::fabs(range.low), std::fabs(range.high)) * by < 0x1p52)) {
    if (!all_finite(points_x, n) || !all_finite(points_y, m)) return std::numeric_limits<double>::quiet_NaN();
    std::copy(points_x, points_x + n, s.x), std::copy(points_y, points_y + m, s.y);
    sorter(s.x, n, hwy::SortAscending()), sorter(s.y, m, hwy::SortAscending());
    return sorted_cost(s.x, p.n, s.y, p.m, {1});
  }
  const Grid grid{width, by, std::floor(range.low * by), last};
  const double common = std::gcd(p.n, p.m), f = p.m / common, g = p.n / common;
  std::fill(s.bucket, s.bucket + s.buckets, Bucket{});
  const bool x_finite =
      grid.for_points(points_x, n, [&](std::int32_t k, double rest, std::size_t) { s.bucket[k].sum -= f * rest, ++s.bucket[k].x; });
  const bool y_finite =
      grid.for_points(points_y, m, [&](std::int32_t k, double rest, std::size_t) { s.bucket[k].sum += g * rest, ++s.bucket[k].y; });
  if (!x_finite || !y_finite) return std::numeric_limits<double>::quiet_NaN();

  const double most = 4 * std::sqrt(static_cast<double>(n + m)) - 4; // growth(n + m) = 8 sqrt(n + m)
  std::size_t left_x = 0, left_y = 0;
  double d = 0;
  for (std::int64_t k = 0; k < s.buckets; ++k) {
    const Bucket& b = s.bucket[k];
    const double x = f * b.x, y = g * b.y;
    s.sort_it[k] = std::fabs(d) < 2 * std::max(x, y) || b.x + b.y > most || k == 0 || k + 1 == s.buckets;
    if (s.sort_it[k] != 0) left_x += static_cast<std::size_t>(b.x), left_y += static_cast<std::size_t>(b.y);
    d += x - y;
  }
  std::size_t at_x = 0, at_y = 0;
  if (left_x > 0)
    grid.for_points(points_x, n, [&](std::int32_t k, double, std::size_t i) { s.x[at_x] = points_x[i], at_x += s.sort_it[k]; });
  if (left_y > 0)
    grid.for_points(points_y, m, [&](std::int32_t k, double, std::size_t i) { s.y[at_y] = points_y[i], at_y += s.sort_it[k]; });
  sorter(s.x, at_x, hwy::SortAscending());
  sorter(s.y, at_y, hwy::SortAscending());

  Total total;
  const T *x = s.x, *y = s.y;
  d = 0;
  for (std::int64_t k = 0; k < s.buckets; ++k) {
    const Bucket& b = s.bucket[k];
    if (s.sort_it[k] != 0) {
      const double left = (grid.first + static_cast<double>(k)) * width;
      d = walk(total, k > 0 ? left : infinity, k < s.buckets - 1 ? left + width : infinity, d, x, b.x, f, y, b.y, g);
      x += b.x, y += b.y;
    } else {
      d += f * b.x - g * b.y;
      total.add(std::fabs(d * width + b.sum));
    }
  }
  return total.value() / (f * p.n);
}

template <class T> void distances(const Wasserstein1D::Problem& p, const Wasserstein1D::Args<T>& a, const Launch& launch) {
  const BucketScratch<T> s(p, launch.scratch.data());
  const hwy::Sorter sorter;
  for (std::int64_t k = 0; k < p.pairs; ++k) a.value[k] = distance(p, a.x + k * p.n, a.y + k * p.m, s, sorter);
}

auto Distances() { return std::make_tuple(distances<double>, distances<float>); }

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay {
namespace {
using transport::BucketScratch;

HWY_EXPORT(Distances);

template <class T> constexpr Variant<Wasserstein1D, T> variant() {
  return {.name = "cpu_buckets",
          .idea = "int |F - G| from sums over buckets, sorting only where the sign is open",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = ASSAY_DISPATCH(Distances, Wasserstein1D, T),
          .accepts = [](const Wasserstein1D::Problem& p) { return !p.weights && p.p == 1 && std::int64_t{p.n} + p.m >= 4096; },
          .scratch = [](const Wasserstein1D::Problem& p) { return BucketScratch<T>(p, nullptr).bytes; }};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
#endif // HWY_ONCE
