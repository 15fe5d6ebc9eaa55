// Stored numbers on the host, one at a time.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "reference/storage.hpp"

namespace assay::rope {

inline float widened(float x) { return x; }
inline float widened(Bf16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16); }
inline float widened(Fp16 x) { return static_cast<float>(std::bit_cast<_Float16>(x.bits)); }

// Nearest, ties to even. bf16: adding just under half of the last kept bit, and one more where that bit is set, carries into it exactly
// when it should; NaN would carry into infinity.
template <class T> T narrowed(float x) {
  if constexpr (std::is_same_v<T, Fp16>)
    return {std::bit_cast<std::uint16_t>(static_cast<_Float16>(x))};
  else if constexpr (std::is_same_v<T, Bf16>) {
    if (std::isnan(x)) return {0x7fc0};
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return {static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
  } else
    return x;
}

} // namespace assay::rope
