// Numbers that know how far they may be from the truth, with arithmetic that carries this along: running error analysis (Wilkinson;
// Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, 3.3). A formula written once for any type of number,
//   auto variance(auto t) { using std::exp; return 1 - exp(-t); }
// is evaluated in double, or in Estimate where its rounding is asked for. A double among Estimates is exact.
//
// Each operation bounds what it is given times how steep it is over the whole interval value +- error, not only at its middle, and adds
// its own rounding: u of the value where IEEE 754 rounds correctly, 2 u for exp, expm1, log, pow, sin and cos (one unit in the last place)
// and 10 u for erfc (five), by glibc's manual. The handful of roundings in these formulas themselves is paid by 2^-50 of the error,
// underflow by the smallest subnormal number. Where an interval reaches what a function is not defined at, the error is infinite.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "reference/op.hpp"

namespace assay::math {

struct Estimate {
  double value = 0, error = 0;
};

// A value with `roundings` units of roundoff in it beside the error that was carried here.
inline Estimate rounded(double value, double carried, double roundings = 1) {
  return {value, (carried + roundings * numerics::u64 * std::fabs(value)) * (1 + 0x1p-50) + 0x1p-1074};
}

inline constexpr Estimate pi{std::numbers::pi, numerics::u64* std::numbers::pi};

inline Estimate operator-(Estimate x) { return {-x.value, x.error}; }
inline Estimate operator+(Estimate x, Estimate y) { return rounded(x.value + y.value, x.error + y.error); }
inline Estimate operator-(Estimate x, Estimate y) { return x + -y; }
inline Estimate operator*(Estimate x, Estimate y) {
  return rounded(x.value * y.value, (std::fabs(x.value) + x.error) * y.error + std::fabs(y.value) * x.error);
}
inline Estimate operator/(Estimate x, Estimate y) {
  const double value = x.value / y.value, least = std::fabs(y.value) - y.error;
  return rounded(value, least > 0 ? (x.error + std::fabs(value) * y.error) / least : std::numeric_limits<double>::infinity());
}
inline Estimate operator+(Estimate x, double y) { return x + Estimate{y}; }
inline Estimate operator+(double x, Estimate y) { return Estimate{x} + y; }
inline Estimate operator-(Estimate x, double y) { return x - Estimate{y}; }
inline Estimate operator-(double x, Estimate y) { return Estimate{x} - y; }
inline Estimate operator*(Estimate x, double y) { return x * Estimate{y}; }
inline Estimate operator*(double x, Estimate y) { return Estimate{x} * y; }
inline Estimate operator/(Estimate x, double y) { return x / Estimate{y}; }
inline Estimate operator/(double x, Estimate y) { return Estimate{x} / y; }

inline Estimate fabs(Estimate x) { return {std::fabs(x.value), x.error}; }

// |sqrt(v) - sqrt(v +- e)| is at most e over the sum of the roots, and at most sqrt(e).
inline Estimate sqrt(Estimate x) {
  const double root = std::sqrt(x.value), other = std::sqrt(std::max(0.0, x.value - x.error));
  return rounded(root, x.error > 0 ? std::min(x.error / (root + other), std::sqrt(x.error)) : 0);
}
// exp(v + e) - exp(v), also where exp(v) underflows; v + e errs by up to 745 u, 2^-40 of what comes out.
inline double exp_rise(Estimate x) { return -std::expm1(-x.error) * std::exp(x.value + x.error) * (1 + 0x1p-40); }
inline Estimate exp(Estimate x) { return rounded(std::exp(x.value), exp_rise(x), 2); }
inline Estimate expm1(Estimate x) { return rounded(std::expm1(x.value), exp_rise(x), 2); }
inline Estimate log(Estimate x) {
  return rounded(std::log(x.value), x.error < x.value ? -std::log1p(-x.error / x.value) : std::numeric_limits<double>::infinity(), 2);
}
inline Estimate pow(Estimate x, double exponent) { // of a positive number
  const double value = std::pow(x.value, exponent), off = x.error < x.value ? std::log1p(-x.error / x.value) : -INFINITY;
  return rounded(value, value * std::expm1(-std::fabs(exponent) * off), 2);
}
inline Estimate sin(Estimate x) { return rounded(std::sin(x.value), x.error, 2); }
inline Estimate cos(Estimate x) { return rounded(std::cos(x.value), x.error, 2); }
inline Estimate erfc(Estimate x) {
  const double nearest = std::max(0.0, std::fabs(x.value) - x.error);
  return rounded(std::erfc(x.value), 2 / std::sqrt(std::numbers::pi) * std::exp(-nearest * nearest) * (1 + 0x1p-40) * x.error, 10);
}

} // namespace assay::math
