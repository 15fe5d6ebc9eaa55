// Cosine, sine and stretch in a kernel, without the slow paths of sincosf, which hold an array in local memory: angles are reduced in
// double, four instructions a pair, and what is left is a polynomial on [-pi / 4, pi / 4].
// In an unnamed namespace: the same source is compiled once for every backend that executes it.
#pragma once

#include <cmath>

#include "kernels/device/gpu.hpp"
#include "kernels/rope/polynomials.hpp"
#include "kernels/rope/sizes.hpp"

namespace assay {
namespace {

template <class T> struct Turned { T cosine, sine; };

__device__ inline Turned<float> polynomials(float t) {
  using namespace rope::f32;
  const float z = t * t;
  return {fmaf(z * z, fmaf(z, fmaf(z, c3, c2), c1), fmaf(-0.5f, z, 1.0f)), fmaf(t * z, fmaf(z, fmaf(z, s3, s2), s1), t)};
}

__device__ inline Turned<double> polynomials(double t) {
  using namespace rope::f64;
  const double z = t * t, half = 0.5 * z, w = 1 - half;
  const double p = fma(z, fma(z, fma(z, fma(z, fma(z, c6, c5), c4), c3), c2), c1);
  const double q = fma(z, fma(z, fma(z, fma(z, fma(z, s6, s5), s4), s3), s2), s1);
  return {w + ((1 - w - half) + z * z * p), fma(t * z, q, t)};
}

// |phi| < 2^31: the number of quarters is an int.
template <class T> __device__ Turned<T> turn(double phi) {
  const double quarters = phi * rope::quarters_per_radian, nearest = rint(quarters);
  const Turned<T> y = polynomials(static_cast<T>((quarters - nearest) * rope::quarter));
  const int quadrant = static_cast<int>(nearest) & 3;
  const T cosine = (quadrant & 1) != 0 ? y.sine : y.cosine, sine = (quadrant & 1) != 0 ? y.cosine : y.sine;
  return {((quadrant + 1) & 2) != 0 ? -cosine : cosine, (quadrant & 2) != 0 ? -sine : sine};
}

__device__ inline double angle(const rope::Sizes& s, std::int64_t position, double theta) {
  if (s.f32_angle) return static_cast<double>(static_cast<float>(position) * static_cast<float>(theta));
  return static_cast<double>(position) * theta;
}

// 2^power; far outside the range of fp32 it is infinite or zero.
__device__ inline float stretch(double power) {
  const double whole = fmin(fmax(rint(power), -1024.0), 1024.0);
  return ldexpf(exp2f(static_cast<float>(power - whole)), static_cast<int>(whole));
}

__device__ inline std::int64_t position_of(const rope::Sizes& s, const std::int64_t* position, int row) {
  return s.scattered ? position[row] : s.start + row % s.tokens;
}
__device__ inline double exponent_of(const rope::Sizes& s, std::int64_t position) {
  return static_cast<double>(position - s.centre) / s.scale_base;
}

// Constants of the pairs on the device: theta_i and log2 zeta_i.
struct Pairs {
  const double *theta, *log_zeta;
};

inline std::size_t pairs_bytes(int rotary) { return static_cast<std::size_t>(rotary) * sizeof(double); }

inline Pairs pairs_in(const Launch& launch, int rotary) {
  const auto* theta = reinterpret_cast<const double*>(launch.scratch.data());
  return {theta, theta + rotary / 2};
}

inline void upload_pairs(const Launch& launch, int rotary, double base) {
  auto* theta = reinterpret_cast<double*>(launch.scratch.data());
  gpu::upload(theta, rope::frequencies(rotary, base).data(), pairs_bytes(rotary) / 2, launch.stream);
  gpu::upload(theta + rotary / 2, rope::log_zetas(rotary).data(), pairs_bytes(rotary) / 2, launch.stream);
}

} // namespace
} // namespace assay
