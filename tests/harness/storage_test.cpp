// Narrowing to bf16 and fp16 against an oracle that shares no code with it: nearest of all 2^16 values, by bisection.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "reference/random.hpp"
#include "reference/storage.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// A 16-bit format, decoded from its definition: sign, exponent bits, fraction bits.
struct Format {
  int exponent_bits, fraction_bits;
  double value(std::uint16_t bits) const {
    const int bias = (1 << (exponent_bits - 1)) - 1, fraction = bits & ((1 << fraction_bits) - 1);
    const int exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    const double sign = (bits & 0x8000) != 0 ? -1 : 1, part = std::ldexp(fraction, -fraction_bits);
    if (exponent == (1 << exponent_bits) - 1) return fraction == 0 ? sign * inf : std::nan("");
    return sign * (exponent == 0 ? std::ldexp(part, 1 - bias) : std::ldexp(1 + part, exponent - bias));
  }
  std::uint16_t infinity() const { return static_cast<std::uint16_t>(((1 << exponent_bits) - 1) << fraction_bits); }
  // Positive patterns are in the order of their values. Ties go to the even pattern; the place of infinity as a neighbour is
  // the value that would follow the largest finite one.
  std::uint16_t nearest(double x) const {
    const auto sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000 : 0);
    const double size = std::fabs(x),
                 beyond = 2 * value(static_cast<std::uint16_t>(infinity() - 1)) - value(static_cast<std::uint16_t>(infinity() - 2));
    const auto at = [&](int pattern) { return pattern == infinity() ? beyond : value(static_cast<std::uint16_t>(pattern)); };
    int low = 0, high = infinity();
    if (size >= beyond) return static_cast<std::uint16_t>(sign | infinity());
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (at(middle) <= size ? low : high) = middle;
    }
    const double below = size - at(low), above = at(high) - size; // exact: neighbours are within a factor of two
    const int best = below < above ? low : above < below ? high : low % 2 == 0 ? low : high;
    return static_cast<std::uint16_t>(sign | best);
  }
};

constexpr Format bf16{8, 7}, fp16{5, 10};

template <class T> T narrow(double x) {
  if constexpr (type_of<T> == Type::bf16)
    return to_bf16(x);
  else
    return to_fp16(x);
}

template <class T> class Narrowing : public testing::Test {
protected:
  static constexpr Format format = type_of<T> == Type::bf16 ? bf16 : fp16;
};
using Formats = testing::Types<Bf16, Fp16>;
TYPED_TEST_SUITE(Narrowing, Formats);

TYPED_TEST(Narrowing, EveryPatternWidensToItsValueAndComesBack) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const double want = this->format.value(pattern);
    const float got = widen(TypeParam{pattern});
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(got)) << std::hex << bits;
      EXPECT_TRUE(std::isnan(widen(narrow<TypeParam>(got)))) << std::hex << bits;
      continue;
    }
    ASSERT_EQ(got, want) << std::hex << bits;
    ASSERT_EQ(narrow<TypeParam>(want).bits, pattern) << std::hex << bits; // signed zeros too
  }
}

TYPED_TEST(Narrowing, BetweenEveryPairOfNeighbours) {
  for (int bits = 0; bits < this->format.infinity(); ++bits) {
    const double low = this->format.value(static_cast<std::uint16_t>(bits));
    double high = this->format.value(static_cast<std::uint16_t>(bits + 1));
    if (std::isinf(high)) high = 2 * low - this->format.value(static_cast<std::uint16_t>(bits - 1));
    const double tie = low + (high - low) / 2;
    for (const double x : {std::nextafter(low, inf), std::nextafter(tie, 0), tie, std::nextafter(tie, inf), std::nextafter(high, 0), high})
      for (const double signed_x : {x, -x})
        ASSERT_EQ(narrow<TypeParam>(signed_x).bits, this->format.nearest(signed_x)) << std::hexfloat << signed_x;
  }
}

TYPED_TEST(Narrowing, RandomDoublesOfEveryExponent) {
  for (int exponent = -1074; exponent < 1024; ++exponent)
    for (std::uint64_t k = 0; k < 8; ++k) {
      const auto [u, v] = uniforms(key_of("narrowing"), static_cast<std::uint32_t>(exponent + 2000), k);
      const double x = std::ldexp(1 + u, exponent) * (v < 0.5 ? -1 : 1);
      ASSERT_EQ(narrow<TypeParam>(x).bits, this->format.nearest(x)) << std::hexfloat << x;
    }
}

TYPED_TEST(Narrowing, NotThroughFloat) {
  // A tie of the format plus 2^-40: rounded to float first it is a tie and goes down to even; it has to go up.
  const double tie = 1 + std::ldexp(1, -this->format.fraction_bits - 1), x = tie + 0x1p-40;
  EXPECT_EQ(widen(narrow<TypeParam>(static_cast<double>(static_cast<float>(x)))), 1.0f);
  EXPECT_EQ(widen(narrow<TypeParam>(x)), 1.0f + std::ldexp(1.0f, -this->format.fraction_bits));
}

TYPED_TEST(Narrowing, NotFinite) {
  EXPECT_EQ(widen(narrow<TypeParam>(inf)), std::numeric_limits<float>::infinity());
  EXPECT_EQ(widen(narrow<TypeParam>(-inf)), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(widen(narrow<TypeParam>(std::nan("")))));
}

TEST(Storage, LoadUndoesStoreForEveryType) {
  const std::vector<std::pair<Type, std::vector<double>>> exact{{Type::f64, {-0.0, 0x1p-1074, -inf, 1.0 / 3}},
                                                                {Type::f32, {-0.0, 0x1p-149, -inf, 0x1.fffffep127}},
                                                                {Type::f16, {-0.0, 0x1p-24, -inf, 65504}},
                                                                {Type::bf16, {-0.0, 0x1p-133, -inf, 0x1.fep127}},
                                                                {Type::i64, {-0x1p53, 0x1p53}},
                                                                {Type::i32, {-0x1p31, 0x1p31 - 1}},
                                                                {Type::u64, {0, 0x1p53}},
                                                                {Type::u32, {0, 0x1p32 - 1}},
                                                                {Type::u8, {0, 255}}};
  for (const auto& [type, values] : exact) {
    std::vector<unsigned char> memory(values.size() * 8 + 1);
    for (std::size_t i = 0; i < values.size(); ++i) store(type, memory.data() + 1, static_cast<std::int64_t>(i), values[i]); // unaligned
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double got = load(type, memory.data() + 1, static_cast<std::int64_t>(i));
      EXPECT_EQ(got, values[i]) << name_of(type);
      EXPECT_EQ(std::signbit(got), std::signbit(values[i])) << name_of(type);
    }
    EXPECT_EQ(is_float(type), name_of(type)[0] == 'f' || name_of(type)[0] == 'b');
  }
}

} // namespace
} // namespace assay
