// Stacked layers of windowed causal attention, one head, and what reaches a token through them. Row i stands at position first + i and sees
// rows max(0, i - w + 1) ... i. Every row is computed alike from what it sees, in order: equal inputs give equal bits.
//   q = x A, k = x B, v = x C;  s_ij = q_i . k_j / sqrt(d) - slope (i - j),  o_i = sum_j softmax(s_i)_j v_j;  a layer: x <- x + o
// with q and k rotated by position 10000^(-2 l / d) in the pairs (2 l, 2 l + 1) where `rotary` (arXiv 2104.09864).
#pragma once

#include <cstdint>
#include <vector>

namespace assay::attention {

struct WindowLayer {
  int window;
  double slope = 0;
  bool rotary = false;
  std::vector<double> query, key, value; // A, B, C: d x d
};

// bound: of o against the exact value for these q, k, v before rotation, which two calls on the same rows have alike:
//   score    delta = u (R_ij + 2 |slope (i - j)| + 2 |s_ij|), R = sum over pairs l of (growth(d) + 12 + (p_i + p_j) theta_l (3 - ln
//   theta_l))
//            2 (|q| + |q'|) (|k| + |k'|) / sqrt(d): an angle is off by u p theta (3 - ln theta), of its product, its power and the rounded
//            exponent of that; then the dot product and its scale, and the bias
//   output   eta = delta + 4 u (m - s) + 4 u, rho = sum P expm1(eta): sum P expm1(eta) |v - o| / (1 - rho) + (2 growth(w) + 4) u sum P |v|,
//            as in attention_fwd.hpp
struct Attended {
  std::vector<double> o, bound;
};
Attended attend(const WindowLayer& layer, const std::vector<double>& x, int d, int first = 0);
// x after the layers, with the residual: n x d.
std::vector<double> run(const std::vector<WindowLayer>& layers, std::vector<double> x, int d, int first = 0);

// Zero scores: the share of the token t = 0, 1, ... L (w - 1) places back in a token after L layers x <- (1 - mix) x + mix o. It is the
// L-fold convolution of (1 - mix) delta_0 + mix uniform{0 ... w - 1}: mean mix L (w - 1) / 2, for mix = 1 variance L (w^2 - 1) / 12.
// Positive terms, L chains of w: relative error growth(L (w + 2)) u.
std::vector<double> influence(int window, int layers, double mix = 1);

// HWFA (kexue.fm/archives/9603), `layers` of them: windowed layers with rotary positions and, last, a full one without positions, its
// scores times ln n. Equal scores, mix = 1: the share of the token t = 0 ... n - 1 places back in the last of n tokens, whatever the
// factor. The full layer sees `reach` tokens: all of them for n or more. Tokens at the start see fewer than `window`. Positive terms, a
// division in each layer: relative error growth(layers (w + 2)) u.
std::vector<double> hybrid_influence(int window, int layers, std::int64_t n, std::int64_t reach);

} // namespace assay::attention
