// What the naive CUDA variants share: one thread for each pair or passing element of a row, its angle computed by itself.
#pragma once

#include "kernels/device/numbers.hpp"
#include "kernels/rope/turn.cuh"

namespace assay {
namespace {

constexpr int threads = 256;

// Queries or keys.
template <class T> struct Rows {
  const T* x;
  const float* bias; // null: none
  T* y;
  rope::Strides strides;
  int heads;
  bool keys;
};

struct Two {
  float first, second;
};

// Pair i, its stretch included; back: with the angle negated.
template <bool back> __device__ Two turned(const rope::Sizes& s, const Pairs& pairs, bool keys, std::int64_t m, int i, Two y) {
  Turned<float> by = turn<float>(angle(s, m, pairs.theta[i]));
  if (back) by.sine = -by.sine;
  const float e = s.xpos ? stretch((keys ? -1 : 1) * exponent_of(s, m) * pairs.log_zeta[i]) : 1.0f;
  return {e * (y.first * by.cosine - y.second * by.sine), e * (y.second * by.cosine + y.first * by.sine)};
}

template <class T, bool back> __global__ void __launch_bounds__(threads)
    turn_pairs(rope::Sizes s, Pairs pairs, Rows<T> rows, const std::int64_t* position) {
  const int half = s.rotary / 2, units = half + s.dim - s.rotary;
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x;
  if (at >= static_cast<std::int64_t>(s.batch) * s.tokens * rows.heads * units) return;
  const int unit = static_cast<int>(at % units), h = static_cast<int>(at / units % rows.heads);
  const int row = static_cast<int>(at / units / rows.heads);
  const std::int64_t first = row / s.tokens * rows.strides.batch + row % s.tokens * rows.strides.token + h * rows.strides.head;
  const T* const x = rows.x + first;
  T* const y = rows.y + first;
  const auto biased = [&](int e) { return rows.bias == nullptr ? gpu::widened(x[e]) : gpu::widened(x[e]) + rows.bias[h * s.dim + e]; };
  if (unit >= half) {
    y[half + unit] = gpu::narrowed<T>(biased(half + unit));
    return;
  }
  const int a = s.half_split ? unit : 2 * unit, b = s.half_split ? unit + half : 2 * unit + 1;
  const Two made = turned<back>(s, pairs, rows.keys, position_of(s, position, row), unit, {biased(a), biased(b)});
  y[a] = gpu::narrowed<T>(made.first);
  y[b] = gpu::narrowed<T>(made.second);
}

// One thread for each pair or passing element of a bias: it turns all rows once more and adds them, in double.
template <class T> __global__ void __launch_bounds__(threads)
    sum_rows(rope::Sizes s, Pairs pairs, Rows<T> rows, const std::int64_t* position, float* sums) {
  const int half = s.rotary / 2, units = half + s.dim - s.rotary;
  const int at = static_cast<int>(blockIdx.x * threads + threadIdx.x), h = at / units, unit = at % units;
  if (h >= rows.heads) return;
  const bool passes = unit >= half;
  const int a = passes ? half + unit : s.half_split ? unit : 2 * unit, b = s.half_split ? unit + half : 2 * unit + 1;
  double first = 0, second = 0;
  for (int row = 0; row < s.batch * s.tokens; ++row) {
    const T* const x = rows.x + row / s.tokens * rows.strides.batch + row % s.tokens * rows.strides.token + h * rows.strides.head;
    if (passes) {
      first += static_cast<double>(gpu::widened(x[a]));
      continue;
    }
    const Two made = turned<true>(s, pairs, rows.keys, position_of(s, position, row), unit, {gpu::widened(x[a]), gpu::widened(x[b])});
    first += static_cast<double>(made.first);
    second += static_cast<double>(made.second);
  }
  sums[h * s.dim + a] = static_cast<float>(first);
  if (!passes) sums[h * s.dim + b] = static_cast<float>(second);
}

inline unsigned blocks_for(std::int64_t count) { return static_cast<unsigned>((count + threads - 1) / threads); }

inline std::int64_t units_of(const rope::Sizes& s, int heads) { return std::int64_t{heads} * (s.dim - s.rotary / 2); }

template <bool back, class T>
void launch_rows(const rope::Sizes& s, const Rows<T>& rows, const std::int64_t* position, const Launch& launch) {
  const std::int64_t count = std::int64_t{s.batch} * s.tokens * units_of(s, rows.heads);
  gpu::launch({blocks_for(count), threads, 0, launch.stream}, turn_pairs<T, back>, s, pairs_in(launch, s.rotary), rows, position);
}

} // namespace
} // namespace assay
