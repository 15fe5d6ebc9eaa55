// Long arrays by all cores that the calling thread may use.
#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

namespace assay {

// part(begin, end) for ranges that make up 0 ... n - 1, all but the last of an even length; short arrays are one part, on this thread.
// What part does to an element must not depend on the range.
template <class Part> void in_parts(std::size_t n, Part part) {
  constexpr std::size_t worth_a_thread = std::size_t{1} << 18;
  const std::size_t count = std::clamp<std::size_t>(n / worth_a_thread, 1, std::max(1u, std::thread::hardware_concurrency()));
  const std::size_t each = (n / count + 1) / 2 * 2;
  std::vector<std::jthread> threads;
  for (std::size_t k = 1; k < count; ++k) threads.emplace_back([=] { part(k * each, k + 1 == count ? n : (k + 1) * each); });
  part(0, count == 1 ? n : each);
}

} // namespace assay
