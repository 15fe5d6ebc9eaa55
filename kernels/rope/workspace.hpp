// Scratch of the vector variants on the CPU: constants of the pairs, made before the clock starts, and the turns of one token.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/rope/sizes.hpp"
#include "kernels/variant.hpp"

namespace assay::rope {

// Elements of the rows of all heads at one token.
inline std::int64_t columns(const Problem& p) { return std::int64_t{p.heads + p.kv_heads} * p.dim; }

// Arrays of pairs are filled up with zeros to whole vectors.
struct Workspace {
  std::size_t pairs;
  double *theta, *log_zeta; // natural logarithms
  float* rest;              // of the angles at one position, beside whole quarters of a turn
  std::int32_t* quarters;
  float* stretch;               // of queries; of keys its inverse
  float *cosines[2], *sines[2]; // of queries and keys, as a kernel wants them: two numbers for each pair. Without xPos there is one side
  float* sums;                  // [2][columns]: running sums of gradients, and their sums
  std::size_t bytes = 0;

  // memory may be null: bytes are counted.
  Workspace(const Problem& p, std::byte* memory) : pairs((static_cast<std::size_t>(p.rotary / 2) + 15) / 16 * 16) {
    const auto take = [&](auto*& array, std::size_t count) {
      array = reinterpret_cast<std::remove_reference_t<decltype(array)>>(reinterpret_cast<std::uintptr_t>(memory) + bytes);
      bytes += (count * sizeof(*array) + 63) / 64 * 64;
    };
    take(theta, pairs), take(log_zeta, pairs), take(rest, pairs), take(quarters, pairs), take(stretch, pairs);
    for (int side = 0; side < 2; ++side) take(cosines[side], 2 * pairs), take(sines[side], 2 * pairs);
    take(sums, 2 * static_cast<std::size_t>(columns(p)));
  }
};

inline std::size_t scratch(const Problem& p) { return Workspace(p, nullptr).bytes; }

inline void prepare(const Problem& p, const Launch& launch) {
  const Workspace at(p, launch.scratch.data());
  const std::vector<double> theta = frequencies(p.rotary, p.base), log2_zeta = log_zetas(p.rotary);
  std::fill(at.theta, at.theta + at.pairs, 0.0);
  std::fill(at.log_zeta, at.log_zeta + at.pairs, 0.0);
  for (std::size_t i = 0; i < theta.size(); ++i) {
    at.theta[i] = p.angle == Angle::f32 ? static_cast<double>(static_cast<float>(theta[i])) : theta[i];
    at.log_zeta[i] = log2_zeta[i] * std::log(2.0);
  }
}

} // namespace assay::rope
