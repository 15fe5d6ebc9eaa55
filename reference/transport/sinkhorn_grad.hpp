// Gradient of entropic optimal transport by the points of one side: at the optimum potentials do not contribute (envelope theorem), so
//   d OT_eps / d x_i = sum_j P_ij 2 (x_i - y_j),   P_ij = a_i b_j exp((f_i + g_j - c_ij) / eps),   c_ij = |x_i - y_j|^2
// with the potentials that sinkhorn gives, near convergence only. Formulas, errors of data and R: sinkhorn.hpp, with f and g as given:
// R = L + max |f| + max |g| + 2 eps max |log weight|; NaN or infinity in f or g is an error too.
//
// Bound of a component: a term of the sum is off by expm1(t), t = u (d + 20) R / eps + E + u growth(m) + 6 u, of its size
// 2 P_ij |x_i - y_j|, and what is stored by its rounding. Terms that underflow, below 2^-126 in fp32, may be lost: m 2^-125 sqrt(L).
// Source: Feydy et al., arXiv 1810.08278.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

struct SinkhornGrad {
  static constexpr std::string_view name = "sinkhorn_grad";
  struct Problem {
    int n = 48, m = 40, dim = 2;
    double eps = 0.5;
  };
  template <class T = double> struct Args {
    const T *x, *a; // [n, d], [n]
    const T *y, *b; // [m, d], [m]
    const T *f, *g; // [n], [m]
    T* dx;          // [n, d]
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("m", p.m);
    v("dim", p.dim);
    v("eps", p.eps);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n, p.dim});
    v.in("a", a.a, {p.n});
    v.in("y", a.y, {p.m, p.dim});
    v.in("b", a.b, {p.m});
    v.in("f", a.f, {p.n});
    v.in("g", a.g, {p.m});
    v.out("dx", a.dx, {p.n, p.dim});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random); // as sinkhorn; f and g after five sweeps
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
