// What kernels know of a problem: where rows lie, and the constants of its pairs.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "reference/rope/rope.hpp"

namespace assay::rope {

// Distances in elements.
struct Strides {
  std::int64_t batch, token, head;
};

struct Sizes {
  int batch, tokens, heads, kv_heads, dim, rotary;
  bool half_split, f32_angle, bias, xpos, scattered;
  std::int64_t start, centre;
  double scale_base;
  Strides q, k;
};

inline Strides strides(const Problem& p, std::int64_t heads) {
  const std::int64_t tokens = p.tokens, dim = p.dim;
  if (p.layout == Layout::bhsd) return {heads * tokens * dim, dim, tokens * dim};
  return {tokens * heads * dim, heads * dim, dim};
}

inline Sizes sizes(const Problem& p) {
  return {p.batch,
          p.tokens,
          p.heads,
          p.kv_heads,
          p.dim,
          p.rotary,
          p.pairing == Pairing::half_split,
          p.angle == Angle::f32,
          p.bias,
          p.xpos,
          p.positions == Positions::scattered,
          p.start,
          p.centre,
          p.scale_base,
          strides(p, p.heads),
          strides(p, p.kv_heads)};
}

inline std::vector<double> frequencies(int rotary, double base) {
  std::vector<double> theta(static_cast<std::size_t>(rotary / 2));
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = std::pow(base, -2.0 * static_cast<double>(i) / rotary);
  return theta;
}

// log2 of zeta_i.
inline std::vector<double> log_zetas(int rotary) {
  std::vector<double> logs(static_cast<std::size_t>(rotary / 2));
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = std::log2((2 * static_cast<double>(i) + 0.4 * rotary) / (1.4 * rotary));
  return logs;
}

} // namespace assay::rope
