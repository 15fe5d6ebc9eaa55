// Storage types of arrays and their exact widening to, and correctly rounded narrowing from, double.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

enum class Type : std::uint8_t { f64, f32, f16, bf16, i64, i32, u64, u32, u8 };

// IEEE binary16 and bfloat16 as bit patterns; kernels see the same two bytes as the toolkit's own types.
struct Fp16 {
  std::uint16_t bits;
};
struct Bf16 {
  std::uint16_t bits;
};

template <class T> inline constexpr Type type_of = T::unsupported_storage_type;
template <> inline constexpr Type type_of<double> = Type::f64;
template <> inline constexpr Type type_of<float> = Type::f32;
template <> inline constexpr Type type_of<Fp16> = Type::f16;
template <> inline constexpr Type type_of<Bf16> = Type::bf16;
template <> inline constexpr Type type_of<std::int64_t> = Type::i64;
template <> inline constexpr Type type_of<std::int32_t> = Type::i32;
template <> inline constexpr Type type_of<std::uint64_t> = Type::u64;
template <> inline constexpr Type type_of<std::uint32_t> = Type::u32;
template <> inline constexpr Type type_of<std::uint8_t> = Type::u8;

std::string_view name_of(Type);
std::int64_t size_of(Type);
constexpr bool is_float(Type type) { return type <= Type::bf16; }

// float carries every bf16 and fp16 exactly, so widening needs no rounding.
float widen(Bf16 x);
float widen(Fp16 x);
// Round to nearest, ties to even, straight from double (no double rounding); NaN stays NaN.
Bf16 to_bf16(double x);
Fp16 to_fp16(double x);

// Element i of an array of `type`, in double and back. 64-bit integers beyond 2^53 are not representable.
double load(Type type, const void* array, std::int64_t i);
void store(Type type, void* array, std::int64_t i, double value);

} // namespace assay
