#include "reference/sample.hpp"

#include <algorithm>

#include "reference/random.hpp"

namespace assay {

std::vector<std::int64_t> chosen(std::int64_t n, Sample sample, std::uint32_t stream) {
  std::vector<std::int64_t> list;
  if (sample.most == 0 || n <= sample.most) return list;
  list = {0, n - 1};
  for (std::uint64_t i = 0; static_cast<std::int64_t>(list.size()) < sample.most; ++i)
    list.push_back(static_cast<std::int64_t>(uniforms(sample.key, stream, i)[0] * static_cast<double>(n)));
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

} // namespace assay
