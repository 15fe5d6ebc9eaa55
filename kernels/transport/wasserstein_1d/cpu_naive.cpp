// std::sort of points with their weights, then one walk over both clouds.
// Limit: mispredicted branches of the sort, 20 ns a point at a million.
#include <limits>
#include <vector>

#include "kernels/transport/line.hpp"
#include "kernels/variant.hpp"

namespace assay {
namespace {

struct Point {
  double at, up_to; // weight so far, after sorting
};

// False where a point or weight is none.
template <class T> bool sort_points(const T* at, const T* weight, std::vector<Point>& points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = {static_cast<double>(at[i]), weight != nullptr ? static_cast<double>(weight[i]) : 1.0};
    if (!std::isfinite(points[i].at) || !std::isfinite(points[i].up_to) || points[i].up_to < 0) return false;
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < points.size(); ++i) points[i].up_to += points[i - 1].up_to;
  return true;
}

// W_p^p; x and y are room for the points.
template <class T> double cost(const T* at, const T* weight, std::vector<Point>& x, const T* to, const T* to_weight, std::vector<Point>& y,
                               transport::Power power) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (!sort_points(at, weight, x) || !sort_points(to, to_weight, y)) return nan;
  const double x_total = x.back().up_to, y_total = y.back().up_to, total = x_total * y_total;
  if (!(total > 0) || !std::isfinite(total)) return nan;
  double sum = 0, done = 0;
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    const double x_ends = x[i].up_to * y_total, y_ends = y[j].up_to * x_total, end = std::min(x_ends, y_ends);
    sum += (end - done) * power(x[i].at - y[j].at);
    done = end;
    if (x_ends <= end) ++i;
    if (y_ends <= end) ++j;
  }
  return sum / total;
}

template <class T> void run(const Wasserstein1D::Problem& p, const Wasserstein1D::Args<T>& a, const Launch&) {
  std::vector<Point> x(static_cast<std::size_t>(p.n)), y(static_cast<std::size_t>(p.m));
  const transport::Power power{p.p};
  for (std::int64_t k = 0; k < p.pairs; ++k) {
    const T *const x_weight = p.weights ? a.a + k * p.n : nullptr, *const y_weight = p.weights ? a.b + k * p.m : nullptr;
    a.value[k] = power.root(cost(a.x + k * p.n, x_weight, x, a.y + k * p.m, y_weight, y, power));
  }
}

template <class T> constexpr Variant<Wasserstein1D, T> variant() {
  return {.name = "cpu_naive",
          .idea = "std::sort of points with weights, one walk",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
