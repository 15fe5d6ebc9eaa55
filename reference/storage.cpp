#include "reference/storage.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace assay {
namespace {

// Rounds x to `digits` significant bits with smallest subnormal 2^min_exponent, ties to even; overflow gives infinity.
double round_to(double x, int digits, int min_exponent, double largest) {
  if (!std::isfinite(x) || x == 0) return x;
  int exponent = 0;
  std::frexp(x, &exponent); // |x| in [2^(e-1), 2^e)
  double rounded = 0;
  if (exponent - digits >= min_exponent) { // x is a normal double, and all digits are kept: in bits
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x), unit = std::uint64_t{1} << (53 - digits);
    rounded = std::bit_cast<double>((bits + (unit / 2 - 1) + (bits / unit & 1)) & ~(unit - 1)); // a carry goes into the exponent
  } else
    rounded = std::ldexp(std::nearbyint(std::ldexp(x, -min_exponent)), min_exponent);
  return std::fabs(rounded) > largest ? std::copysign(std::numeric_limits<double>::infinity(), x) : rounded;
}

template <class T> double get(const void* array, std::int64_t i) {
  T x;
  std::memcpy(&x, static_cast<const std::byte*>(array) + i * static_cast<std::int64_t>(sizeof x), sizeof x);
  if constexpr (type_of<T> == Type::bf16 || type_of<T> == Type::f16)
    return widen(x);
  else
    return static_cast<double>(x);
}

template <class T> void put(void* array, std::int64_t i, T x) {
  std::memcpy(static_cast<std::byte*>(array) + i * static_cast<std::int64_t>(sizeof x), &x, sizeof x);
}

} // namespace

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"f64", "f32", "f16", "bf16", "i64", "i32", "u64", "u32", "u8"};
  return names[static_cast<std::size_t>(type)];
}

std::int64_t size_of(Type type) {
  constexpr std::int64_t sizes[] = {8, 4, 2, 2, 8, 4, 8, 4, 1};
  return sizes[static_cast<std::size_t>(type)];
}

float widen(Bf16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16); }

float widen(Fp16 x) {
  const float sign = (x.bits & 0x8000u) != 0 ? -1.0f : 1.0f;
  const int exponent = (x.bits >> 10) & 0x1f, fraction = x.bits & 0x3ff;
  if (exponent == 31) return fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : sign * std::numeric_limits<float>::infinity();
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

Bf16 to_bf16(double x) {
  if (std::isnan(x)) return {0x7fc0};
  const double rounded = round_to(x, 8, -133, 0x1.fep127);
  return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(rounded)) >> 16)};
}

Fp16 to_fp16(double x) {
  if (std::isnan(x)) return {0x7e00};
  const double rounded = round_to(x, 11, -24, 65504);
  const auto sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000 : 0);
  const double size = std::fabs(rounded);
  if (std::isinf(size)) return {static_cast<std::uint16_t>(sign | 0x7c00)};
  if (size < 0x1p-14) return {static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::ldexp(size, 24)))};
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent); // in [1/2, 1)
  const auto bits = static_cast<std::uint16_t>(((exponent + 14) << 10) | (static_cast<int>(std::ldexp(fraction, 11)) & 0x3ff));
  return {static_cast<std::uint16_t>(sign | bits)};
}

double load(Type type, const void* array, std::int64_t i) {
  switch (type) {
    case Type::f64: return get<double>(array, i);
    case Type::f32: return get<float>(array, i);
    case Type::f16: return get<Fp16>(array, i);
    case Type::bf16: return get<Bf16>(array, i);
    case Type::i64: return get<std::int64_t>(array, i);
    case Type::i32: return get<std::int32_t>(array, i);
    case Type::u64: return get<std::uint64_t>(array, i);
    case Type::u32: return get<std::uint32_t>(array, i);
    case Type::u8: return get<std::uint8_t>(array, i);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void store(Type type, void* array, std::int64_t i, double value) {
  switch (type) {
    case Type::f64: return put(array, i, value);
    case Type::f32: return put(array, i, static_cast<float>(value));
    case Type::f16: return put(array, i, to_fp16(value));
    case Type::bf16: return put(array, i, to_bf16(value));
    case Type::i64: return put(array, i, static_cast<std::int64_t>(value));
    case Type::i32: return put(array, i, static_cast<std::int32_t>(value));
    case Type::u64: return put(array, i, static_cast<std::uint64_t>(value));
    case Type::u32: return put(array, i, static_cast<std::uint32_t>(value));
    case Type::u8: return put(array, i, static_cast<std::uint8_t>(value));
  }
}

} // namespace assay
