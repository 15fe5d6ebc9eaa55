// What attention kernels know of a problem: where rows lie, who sees whom, and the factor of a dot product. Scores are in units of log2, so
// that weights are powers of two: factor = c r log2(e). In an unnamed namespace: the same source is compiled for every backend.
#pragma once

#include <cmath>

#include "kernels/device/gpu.hpp"
#include "reference/attention/attention.hpp"

namespace assay {
namespace {

using attention::Range;

inline constexpr double log2_e = 1.44269504088896340736;
inline constexpr float ln_2 = 0.693147180559945309417f;

// Of an array [batch, head, position, width] in either layout: distances in elements.
struct Places {
  std::int64_t batch, head;
  int position;
  __device__ std::int64_t at(int b, int h, int i) const { return b * batch + h * head + static_cast<std::int64_t>(i) * position; }
};
inline Places places(attention::Layout layout, std::int64_t heads, std::int64_t positions, std::int64_t width) {
  const std::int64_t all = heads * positions * width;
  if (layout == attention::Layout::bhsd) return {all, positions * width, static_cast<int>(width)};
  return {all, width, static_cast<int>(heads * width)};
}

struct Sizes {
  int batch, heads, kv_heads, group; // group: query heads for each key/value head
  int queries, keys, dim, value_dim, window;
  float scale; // c log2(e)
  Places q, k, v, o;
};
inline Sizes sizes(const attention::Problem& p) {
  const double scale = p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale;
  return {p.batch,
          p.heads,
          p.kv_heads,
          p.heads / p.kv_heads,
          p.queries,
          p.keys,
          p.dim,
          p.value_dim,
          p.window,
          static_cast<float>(scale * log2_e),
          places(p.layout, p.heads, p.queries, p.dim),
          places(p.layout, p.kv_heads, p.keys, p.dim),
          places(p.layout, p.kv_heads, p.keys, p.value_dim),
          places(p.layout, p.heads, p.queries, p.value_dim)};
}

// Keys that query i sees; `length`: valid keys of its batch.
__device__ inline Range visible(const Sizes& s, int i, int length) {
  const int position = i + s.keys - s.queries;
  return {max(0, position - s.window + 1), min(position + 1, length)};
}

// One of the inputs that need not be there.
__device__ inline int length_of(const Sizes& s, const std::int32_t* length, int b) { return length == nullptr ? s.keys : length[b]; }
__device__ inline float factor_of(const Sizes& s, const float* row_scale, int b, int i) {
  return row_scale == nullptr ? s.scale : s.scale * row_scale[static_cast<std::int64_t>(b) * s.queries + i];
}

// Inputs that a problem does not have are null here, whatever the pointers of its empty arrays are.
struct Extras {
  const float* row_scale;
  const std::int32_t* length;
};
inline Extras extras(const attention::Problem& p, const float* row_scale, const std::int32_t* length) {
  return {p.row_scale ? row_scale : nullptr, p.padded ? length : nullptr};
}

} // namespace
} // namespace assay
