// Scratch of the vector variants on the CPU, and the table that is made before the clock starts where positions are known by then.
#pragma once

#include <cmath>
#include <cstddef>

#include "kernels/rope/sizes.hpp"
#include "kernels/variant.hpp"

namespace assay::rope {

// A row of turns holds r / 2 cosines and r / 2 sines, stretched; with xpos keys have one of their own, behind that of queries.
struct Workspace {
  double* theta; // [r / 2]
  float* table;  // [tokens][sides][r]: rows of turns; one token where positions are not known beforehand
  float* spread; // [sides][2][r]: the current row, as a kernel wants it
  float* sums;   // [2][columns]: running sums of gradients, and their sums
  std::size_t bytes;

  Workspace(const Problem& p, std::int64_t columns, std::byte* memory) {
    const auto r = static_cast<std::size_t>(p.rotary), sides = sides_of(p);
    const std::size_t tokens = p.positions == Positions::contiguous ? static_cast<std::size_t>(p.tokens) : 1;
    std::size_t used = 0;
    const auto take = [&](std::size_t size) {
      const std::size_t at = used;
      used += (size + 63) / 64 * 64;
      return at;
    };
    const std::size_t at_theta = take(r / 2 * sizeof(double)), at_table = take(tokens * sides * r * sizeof(float)),
                      at_spread = take(2 * sides * r * sizeof(float)),
                      at_sums = take(2 * static_cast<std::size_t>(columns) * sizeof(float));
    bytes = used;
    if (memory == nullptr) return; // only counted
    theta = reinterpret_cast<double*>(memory + at_theta);
    table = reinterpret_cast<float*>(memory + at_table);
    spread = reinterpret_cast<float*>(memory + at_spread);
    sums = reinterpret_cast<float*>(memory + at_sums);
  }

  static std::size_t sides_of(const Problem& p) { return p.xpos ? 2 : 1; }
};

inline double angle(const Problem& p, std::int64_t position, double theta) {
  if (p.angle == Angle::f32) return static_cast<double>(static_cast<float>(position) * static_cast<float>(theta));
  return static_cast<double>(position) * theta;
}

// Stretches a row of turns and copies it to the other side, stretched the other way.
inline void stretch(const Problem& p, std::int64_t position, float* queries) {
  const double exponent = static_cast<double>(position - p.centre) / p.scale_base;
  float* const keys = queries + p.rotary;
  for (int i = 0, half = p.rotary / 2; i < half; ++i) {
    const double e = std::pow((2 * i + 0.4 * p.rotary) / (1.4 * p.rotary), exponent);
    for (const int at : {i, half + i}) {
      const double x = queries[at];
      queries[at] = static_cast<float>(x * e);
      keys[at] = static_cast<float>(x / e);
    }
  }
}

inline void prepare(const Problem& p, const Workspace& at) {
  const std::vector<double> theta = frequencies(p.rotary, p.base);
  for (std::size_t i = 0; i < theta.size(); ++i) at.theta[i] = theta[i];
  if (p.positions == Positions::scattered) return;
  const auto half = theta.size();
  for (int t = 0; t < p.tokens; ++t) {
    const std::int64_t m = p.start + t;
    float* const row = at.table + static_cast<std::size_t>(t) * Workspace::sides_of(p) * 2 * half;
    for (std::size_t i = 0; i < half; ++i) {
      const double phi = angle(p, m, theta[i]);
      row[i] = static_cast<float>(std::cos(phi));
      row[half + i] = static_cast<float>(std::sin(phi));
    }
    if (p.xpos) stretch(p, m, row);
  }
}

} // namespace assay::rope
