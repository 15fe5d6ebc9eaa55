// Stored numbers in and out of fp32, on the host.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "reference/storage.hpp"

namespace assay {

inline float to_float(float x) { return x; }
inline float to_float(Bf16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16); }
inline float to_float(Fp16 x) {
  const std::uint32_t sign = (x.bits & 0x8000u) << 16, exponent = (x.bits >> 10) & 31u, fraction = x.bits & 0x3ffu;
  if (exponent == 0) return std::copysign(static_cast<float>(fraction) * 0x1p-24f, sign == 0 ? 1.0f : -1.0f);
  return std::bit_cast<float>(sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13);
}

// Round to nearest, ties to even: adding just under half of the last kept bit, and one more where that bit is set, carries
// into it exactly when it should. NaN would carry into infinity, so it is made apart.
template <class T> T from_float(float x);
template <> inline float from_float<float>(float x) { return x; }
template <> inline Bf16 from_float<Bf16>(float x) {
  if (std::isnan(x)) return {0x7fc0};
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return {static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}
template <> inline Fp16 from_float<Fp16>(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const float size = std::fabs(x);
  std::uint32_t to;
  if (std::isnan(x))
    to = 0x7e00;
  else if (size >= 65520)
    to = 0x7c00;
  else if (size < 0x1p-14f) // subnormals are whole multiples of 2^-24
    to = static_cast<std::uint32_t>(std::nearbyint(size * 0x1p24f));
  else
    to = (((bits & 0x7fffffff) + 0xfff + ((bits >> 13) & 1)) >> 13) - (112u << 10);
  return {static_cast<std::uint16_t>(sign | to)};
}

} // namespace assay
