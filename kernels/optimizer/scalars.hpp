// What every variant of the optimizer's ops needs on the host: constants of a micro-step rounded to fp32 the way the op
// fixes them.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/numbers.hpp"
#include "reference/optimizer/guard.hpp"
#include "reference/optimizer/tiger_accumulate.hpp"
#include "reference/optimizer/tiger_step.hpp"

namespace assay::optimizer {

struct Scalars {
  float alpha, decay; // alpha: with the schedule
  float kept, scale;  // m' = fma(kept, m, scale g)
  float shrink;
  bool first, guarded, immediate;
  bool nan_only; // of the guard
};

template <class Problem> Scalars momentum_scalars(const Problem& p) {
  const bool first = p.step % p.window == 0;
  return {0,
          0,
          first ? static_cast<float>(p.beta) : 1.0f,
          static_cast<float>((1 - p.beta) / p.window),
          static_cast<float>(p.shrink),
          first,
          p.guard != Guard::off,
          p.policy == Policy::immediate,
          p.guard == Guard::nan_only};
}

inline Scalars scalars(const TigerAccumulate::Problem& p) { return momentum_scalars(p); }

inline Scalars scalars(const TigerStep::Problem& p) {
  Scalars s = momentum_scalars(p);
  s.alpha = static_cast<float>(p.alpha * piecewise_linear(knots_of(p.schedule), p.step));
  s.decay = static_cast<float>(p.decay);
  return s;
}

// Rate of a group whose old parameters have this sum of squares.
inline float rate(const Tensor& tensor, float alpha, float sum_sq) {
  if (tensor.elementwise()) return alpha * 0.5f;
  if (tensor.group_size() == 0) return 0;
  return static_cast<float>(static_cast<double>(alpha) * std::sqrt(static_cast<double>(sum_sq) / static_cast<double>(tensor.group_size())));
}

} // namespace assay::optimizer
