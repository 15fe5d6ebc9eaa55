// The Wasserstein distance of two weighted clouds on the line, for each of a number of pairs: sorted, and equal quantiles paired.
//
//   W_p = (int_0^1 |F^{-1}(u) - G^{-1}(u)|^p du)^{1/p},    W_1 = int |F(t) - G(t)| dt
// With A_i = a_1 + ... + a_i over the sorted x, B_j alike and totals A, B, the quantile functions jump at A_i B and B_j A in units of A B:
// at most n + m - 1 pieces, of which the sum of length |x - y|^p is formed, then divided by A B. Without weights A_i = i, and positions and
// lengths are whole numbers; so are A_i B for whole weights.
// NaN where a point is not finite, a weight is negative or not finite, or A B is zero or not finite.
//
// Bound, u = 2^-53: every variant adds in double; sorting loses nothing.
//   |x - y|^p      p u for the difference, 4 u for a power (CUDA's), u for its length; sums growth(n + m) u; product of totals, division
//                  2 u: all terms are positive, so S = W_p^p is off by gamma(growth(n + m) + p + 8) S, and by (n + m) 2^-1022 for underflow
//   weights        A_i and A are off by growth(n) u of themselves, positions by at most h = 2 (growth(n) + growth(m) + 2) u of A B. A jump
//                  from x_i to x_{i+1} that comes h too early or late changes S by at most h (x_{i+1} - x_i) p R^{p-1}, R the largest
//                  distance of two points: all of them by 2 h p R^p
//   root           |a^{1/p} - b^{1/p}| <= min(|a - b|^{1/p}, |a - b| / (p min(a, b)^{1 - 1/p})), and 4 u for a power
// Source: Vallender, Theory of Probability and its Applications 18 (1974); Bobkov and Ledoux, Memoirs of the AMS 1259 (2019).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

struct Wasserstein1D {
  static constexpr std::string_view name = "wasserstein_1d";
  struct Problem {
    int pairs = 1, n = 64, m = 64;
    double p = 1;
    bool weights = false;
  };
  template <class T = double> struct Args {
    const T *x, *a; // [pairs, n], weights of the same shape or nothing
    const T *y, *b; // [pairs, m], alike
    double* value;  // [pairs]
  };
  static void axes(auto& p, auto&& v) {
    v("pairs", p.pairs);
    v("n", p.n);
    v("m", p.m);
    v("p", p.p);
    v("weights", p.weights);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const auto weights = [&](std::int64_t count) {
      return p.weights ? std::vector<std::int64_t>{p.pairs, count} : std::vector<std::int64_t>{0};
    };
    v.in("x", a.x, {p.pairs, p.n});
    v.in("a", a.a, weights(p.n));
    v.in("y", a.y, {p.pairs, p.m});
    v.in("b", a.b, weights(p.m));
    v.out("value", a.value, {p.pairs});
  }
  static std::string refuse(const Problem&);
  // normal: standard normals, weights uniform in (0, 1), one in eight zero. integers: -8 ... 8, many equal and zeros of either sign;
  // weights 0 ... 4. hostile, in the last pair and by n mod 4: NaN; an infinity; a negative weight, or NaN
  // in y; no number for a weight, or an infinity in y.
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&); // what is left after sorting
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

namespace transport {

// Points and weights of one side; no weights: all equal.
struct LineCloud {
  std::vector<double> at, weight;
};
struct LineCost {
  double value, bound; // W_p^p and what sums in double may be off
};
LineCost line_cost(const LineCloud& x, const LineCloud& y, double p);
double root(double cost, double p);                   // cost^{1/p}
double root_bound(double cost, double off, double p); // of it, where cost is off by `off`

} // namespace transport

} // namespace assay
