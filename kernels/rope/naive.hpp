// One row after another, one pair at a time, angle and all, from the C library.
#pragma once

#include <cmath>

#include "kernels/numbers.hpp"
#include "reference/rope/rope.hpp"

namespace assay::rope {

// y = e R (x + bias), or backwards e R^T x; each(head, element, value) gets what is stored before it is rounded to storage.
template <bool back, class T, class Each>
void turn_rows(const Problem& p, bool keys, const T* x, const float* bias, const std::int64_t* position, T* y, Each each) {
  const int heads = keys ? p.kv_heads : p.heads;
  for (int b = 0; b < p.batch; ++b)
    for (int t = 0; t < p.tokens; ++t) {
      const std::int64_t m = p.positions == Positions::scattered ? position[b * p.tokens + t] : p.start + t;
      const double exponent = static_cast<double>(m - p.centre) / p.scale_base * (keys ? -1 : 1);
      for (int h = 0; h < heads; ++h) {
        const std::int64_t row = attention::row_of(p.layout, b, h, t, heads, p.tokens, p.dim);
        const auto biased = [&](int e) { return back || !p.bias ? to_float(x[row + e]) : to_float(x[row + e]) + bias[h * p.dim + e]; };
        const auto put = [&](int e, float value) {
          y[row + e] = from_float<T>(value);
          each(h, e, value);
        };
        for (int i = 0; i < p.rotary / 2; ++i) {
          const double theta = std::pow(p.base, -2.0 * i / p.rotary);
          const double phi = p.angle == Angle::f32 ? static_cast<double>(static_cast<float>(m) * static_cast<float>(theta))
                                                   : static_cast<double>(m) * theta;
          const auto c = static_cast<float>(std::cos(phi)), s = static_cast<float>(back ? -std::sin(phi) : std::sin(phi));
          const auto e = p.xpos ? static_cast<float>(std::pow((2 * i + 0.4 * p.rotary) / (1.4 * p.rotary), exponent)) : 1.0f;
          const auto [first, second] = pair_at(p.pairing, p.rotary, i);
          const float along = biased(first), across = biased(second);
          put(first, e * (along * c - across * s));
          put(second, e * (across * c + along * s));
        }
        for (int e = p.rotary; e < p.dim; ++e) put(e, biased(e));
      }
    }
}

} // namespace assay::rope
