// The sum as it is written, one distance and one pair at a time, in double.
// Limit: the C library's sine and cosine, which are asked for again for every head.
#include <cmath>

#include "kernels/variant.hpp"
#include "reference/rope/bias_curve.hpp"

namespace assay {
namespace {

template <class T> void run(const BiasCurve::Problem& p, const BiasCurve::Args<T>& a, const Launch&) {
  for (int h = 0; h < p.heads; ++h)
    for (int t = 0; t < p.count; ++t) {
      double sum = 0;
      for (int i = 0; i < p.dim / 2; ++i) {
        const auto [first, second] = rope::pair_at(p.pairing, p.dim, i);
        const T *x = a.a + h * p.dim, *y = a.b + h * p.dim;
        const double a1 = x[first], a2 = x[second], b1 = y[first], b2 = y[second];
        const double phi = static_cast<double>(p.first + t) * std::pow(p.base, -2.0 * i / p.dim);
        sum += (a1 * b1 + a2 * b2) * std::cos(phi) + (a1 * b2 - a2 * b1) * std::sin(phi);
      }
      a.curve[static_cast<std::int64_t>(h) * p.count + t] = static_cast<T>(sum);
    }
}

template <class T> constexpr Variant<BiasCurve, T> variant() {
  return {.name = "cpu_naive",
          .idea = "one distance and one pair at a time",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<double>());

} // namespace assay
