// What kernels on the CPU make of stored numbers, against the reference's conversions.
#include "kernels/numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "reference/random.hpp"

namespace assay {
namespace {

template <class T> void expect_all_widen() {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const T x{static_cast<std::uint16_t>(bits)};
    const float want = widen(x), got = to_float(x);
    if (std::isnan(want))
      EXPECT_TRUE(std::isnan(got)) << bits;
    else
      EXPECT_EQ(std::bit_cast<std::uint32_t>(got), std::bit_cast<std::uint32_t>(want)) << bits;
  }
}

TEST(Numbers, WidenExactly) {
  expect_all_widen<Bf16>();
  expect_all_widen<Fp16>();
}

TEST(Numbers, NarrowToTheNearest) {
  // Random bits, and all that is near a number of fp16 or half-way between two.
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < 1 << 18; ++i) all.push_back(philox({i, 0, 0, 0}, {1, 2})[0]);
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const float x = widen(Fp16{static_cast<std::uint16_t>(bits)}), next = widen(Fp16{static_cast<std::uint16_t>(bits + 1)});
    const auto middle = std::bit_cast<std::uint32_t>(std::isinf(next) ? 65520.0f : x + (next - x) / 2);
    for (const std::uint32_t near : {middle - 1, middle, middle + 1}) all.insert(all.end(), {near, near | 0x80000000u});
  }
  for (const std::uint32_t bits : all) {
    const auto x = std::bit_cast<float>(bits);
    const Fp16 half = from_float<Fp16>(x), want_half = to_fp16(x);
    const Bf16 brain = from_float<Bf16>(x), want_brain = to_bf16(x);
    if (std::isnan(x)) {
      EXPECT_TRUE(std::isnan(widen(half)) && std::isnan(widen(brain))) << bits;
      continue;
    }
    EXPECT_EQ(half.bits, want_half.bits) << bits;
    EXPECT_EQ(brain.bits, want_brain.bits) << bits;
  }
}

} // namespace
} // namespace assay
