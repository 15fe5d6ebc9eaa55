// What a relative bias alone makes of a softmax row: scores b(t) at distances t = 0 ... n - 1,
//   P_t = e^b(t) / A,  A = sum_{t < n} e^b(t),  far mass F_W(n) = sum_{t >= W} P_t,  entropy H(n) = ln A - sum_t P_t b(t)
// With a content |sigma| <= S beside b every weight moves by a factor within e^-S ... e^S, so that F_W lies between
// 1 - e^2S (1 - F_W) and e^2S F_W, F_W being that of the bias alone. Source of the dichotomy that follows:
// suites/local_attention/README.md.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "reference/math/quadrature.hpp"

namespace assay::attention {

// |computed b(t) - b(t)| <= u (size |b(t)| + fixed + drift t).
struct RelativeBias {
  std::function<double(std::int64_t)> at;
  double size = 0, fixed = 0, drift = 0;
};

RelativeBias no_bias();
RelativeBias alibi(double slope);                // -slope t
RelativeBias kerple_power(double r1, double r2); // -r1 t^r2
RelativeBias kerple_log(double r1, double r2);   // -r1 ln(1 + r2 t)
// Leaky ReRoPE (kexue.fm/archives/9708): distances from `window` on advance by 1 / k, to window + (t - window) / k. k: a power of two, so
// that they are exact. ReRoPE, where they stay at `window`, is capped(.., window).
struct Leak {
  std::int64_t window = 0, k = 1;
};
// lambda sum_{i < dim / 2} cos(t 10000^(-2 i / dim)), t leaking: its curve for t < n is computed once for each dim and leak.
RelativeBias sandwich(double lambda, int dim, std::int64_t n, Leak leak = {});
// T5's buckets, of which all that matters here is that they end: distances beyond `last` are not told apart.
RelativeBias capped(RelativeBias, std::int64_t last);

// sum_{i < dim / 2} cos(t theta_i), theta_i = 10000^(-2 i / dim). Error u (sandwich_drift(dim) t + dim (dim + 4) / 4): an angle is off by
// u (3 - ln theta) theta t, of its product, its power and the rounded exponent of that; then dim / 2 cosines and their sum.
double sandwich_curve(int dim, double t);
double sandwich_drift(int dim);

// Distances below `reach`, and the first `sinks` keys of all, which are n - sinks ... n - 1 away (StreamingLLM, arXiv 2309.17453).
struct Visible {
  std::int64_t reach = std::int64_t{1} << 62, sinks = 0;
};
struct BiasRow {
  std::int64_t n;
  math::Estimate far, entropy;
};
// The last row of n keys, for each of the ascending `lengths`.
// Errors: those of b and of exp, carried to first order, and growth(n) u of the sums. Weights are positive, so nothing cancels.
std::vector<BiasRow> bias_rows(const RelativeBias& bias, std::int64_t window, const std::vector<std::int64_t>& lengths,
                               Visible visible = {});

// n -> infinity, zero content.
double alibi_entropy(double slope);                       // slope / (e^slope - 1) - ln(1 - e^-slope) = 1 - ln slope + slope^2 / 24 - ...
double kerple_log_far_limit(int r1, std::int64_t window); // r2 = 1, integer r1 >= 2: |psi^(r1 - 1)(W + 1)| / ((r1 - 1)! zeta(r1))
double kerple_log_far_harmonic(std::int64_t window, std::int64_t n); // r1 = r2 = 1: 1 - H_W / H_n, H_n = 1 + 1/2 + ... + 1/n

} // namespace assay::attention
