#include "suites/harness/timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

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

} // namespace assay
