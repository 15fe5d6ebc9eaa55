// What an op says about itself: its problem, its arrays, its truth and its error bound.
// Vocabulary only: no CUDA, no Eigen, no Boost, no I/O. CONTRIBUTING.md has a complete op as an example.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/storage.hpp"

namespace assay {

enum class Role : std::uint8_t { in, out, inout };

// Input laws. integers: sums are exact, so equality is demanded; hostile: ties, NaN, infinities, huge values.
enum class Fill : std::uint8_t { normal, integers, hostile };

// One dense row-major array of an op. `at` is the address of the pointer in Args, which the harness sets with memcpy.
struct Array {
  std::string_view name;
  Role role;
  Type type;
  std::vector<std::int64_t> shape;
  void* at;
};

inline std::int64_t elements(const Array& array) {
  std::int64_t n = 1;
  for (const std::int64_t extent : array.shape) n *= extent;
  return n;
}

// Rounding units of a variant: of what it stores, of its additions, the relative error of its exp, and the unit to which it rounds what it
// has computed before that enters a product (0: not at all).
struct Numerics {
  double store, add, exp, operand = 0;
};

namespace numerics {
inline constexpr double u64 = 0x1p-53, u32 = 0x1p-24, u16 = 0x1p-11, ub16 = 0x1p-8;
inline constexpr Numerics f64{u64, u64, 2 * u64};
inline constexpr Numerics f32{u32, u32, 0x1p-22};
inline constexpr Numerics f16_f32{u16, u32, 0x1p-22};   // stored in fp16, added in fp32
inline constexpr Numerics bf16_f32{ub16, u32, 0x1p-22}; // stored in bf16, added in fp32
// Tensor cores: operands in 16 bits, sums in fp32 that may be cut off instead of rounded.
inline constexpr Numerics f16_mma{u16, 2 * u32, 0x1p-22, u16};
inline constexpr Numerics bf16_mma{ub16, 2 * u32, 0x1p-22, ub16};
// Stored in T, computed in fp32 (fp64 for doubles).
template <class T> constexpr Numerics stored_as() {
  if constexpr (type_of<T> == Type::f64) return f64;
  if constexpr (type_of<T> == Type::f16) return f16_f32;
  if constexpr (type_of<T> == Type::bf16) return bf16_f32;
  return f32;
}
} // namespace numerics

// Philox key of one case: hash of op, problem, fill and seed, so that every variant and type sees the same numbers.
struct Random {
  std::uint64_t key;
};

// Which elements the truth has to cover: at most `most` of each output, drawn by `key`; 0 = all of them.
struct Sample {
  std::uint64_t key = 0;
  std::int64_t most = 0;
};

// Truth of one output in double. `at` lists the covered elements; empty = all, in order.
// bound: greatest allowed |y - value|; 0 = exact, infinity = undecidable here (counted, and capped by the harness).
struct Truth {
  std::vector<double> value, bound;
  std::vector<std::int64_t> at;
};

// Every judgement is one inequality: it holds iff lhs <= rhs + slack; NaN never holds.
// alpha > 0: the chance that a true statement fails here; lhs and slack are then in standard errors.
struct Check {
  std::string what;
  double lhs, rhs, slack, alpha = 0;
  std::string published{}; // a number from elsewhere, as printed there, and what stands here instead
  double measured = 0;
};
inline bool holds(const Check& check) { return check.lhs <= check.rhs + check.slack; }

// Least work of a problem. bytes = 0 lets the harness count each input read once and each output written once.
struct Work {
  double flops, bytes = 0, exps = 0;
};

// Chain of k roundings of unit u: the probabilistic limit min(k, 8 sqrt(k)) u is the one tested; k u always holds.
// Higham and Mary, SIAM J. Sci. Comput. 41 (2019): with lambda = 8 the chance of more is below 2 exp(-32) a chain.
double growth(double k);

} // namespace assay
