#include "suites/harness/timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "suites/harness/device.hpp"

namespace assay {

double elapsed(Backend backend, const std::function<void()>& calls) {
  if (backend == Backend::cuda) return device::seconds(calls);
  const auto start = std::chrono::steady_clock::now();
  calls();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double relative_half_width(std::vector<double> values) {
  const auto n = static_cast<double>(values.size());
  const double below = std::floor((n - 1.96 * std::sqrt(n)) / 2); // rank of the lower end, from 1
  if (below < 1) return std::numeric_limits<double>::infinity();
  std::sort(values.begin(), values.end());
  const auto low = static_cast<std::size_t>(below) - 1;
  return (values[values.size() - 1 - low] - values[low]) / 2 / values[values.size() / 2];
}

} // namespace assay
