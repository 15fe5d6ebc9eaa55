// Clouds in several dimensions for claims on transport: exact distances by assignment, directions in orthonormal frames.
#pragma once

#include <cmath>
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/augmenting_paths.hpp"

namespace assay::transport {

struct Cloud {
  int n, d;
  std::vector<double> at; // [n, d]

  // Standard normals, scaled and moved.
  Cloud(int n, int d, std::uint64_t key, std::uint32_t stream, double scale, double shift)
      : n(n), d(d), at(static_cast<std::size_t>(n) * static_cast<std::size_t>(d)) {
    fill_normal(key, stream, at);
    for (double& one : at) one = scale * one + shift;
  }
};

inline double squared_distance(const Cloud& x, int i, const Cloud& y, int j) {
  double sum = 0;
  for (int k = 0; k < x.d; ++k) {
    const double apart = x.at[static_cast<std::size_t>(i * x.d + k)] - y.at[static_cast<std::size_t>(j * x.d + k)];
    sum += apart * apart;
  }
  return sum;
}

// W_p of clouds of one size, p = 1 or 2; exact but for rounding: 4 n u of itself, of which n for the sum and 2 n for n steps of a path.
inline double exact_distance(const Cloud& x, const Cloud& y, int p) {
  const Matching best = shortest_augmenting_paths(x.n, [&](int i, int j) {
    const double square = squared_distance(x, i, y, j);
    return p == 1 ? std::sqrt(square) : square;
  });
  return p == 1 ? best.value / x.n : std::sqrt(best.value / x.n);
}

// count frames of d orthonormal directions, each turned at random: [count d, d]. The mean of theta theta^T over a frame is I / d.
inline std::vector<double> frames(int count, int d, std::uint64_t key, std::uint32_t stream) {
  std::vector<double> all(static_cast<std::size_t>(count) * static_cast<std::size_t>(d * d));
  fill_normal(key, stream, all);
  for (int f = 0; f < count; ++f) {
    double* const frame = all.data() + static_cast<std::ptrdiff_t>(f) * d * d;
    for (int i = 0; i < d; ++i) {
      double* const row = frame + i * d;
      for (int pass = 0; pass < 2; ++pass)
        for (int j = 0; j < i; ++j) {
          double along = 0;
          for (int k = 0; k < d; ++k) along += row[k] * frame[j * d + k];
          for (int k = 0; k < d; ++k) row[k] -= along * frame[j * d + k];
        }
      double square = 0;
      for (int k = 0; k < d; ++k) square += row[k] * row[k];
      for (int k = 0; k < d; ++k) row[k] /= std::sqrt(square);
    }
  }
  return all;
}

} // namespace assay::transport
