// The squared Wasserstein distance of pairs of Gaussians, N(m1, A) and N(m2, B):
//   value = |m1 - m2|^2 + min over orthogonal Q of |R - S Q|_F^2,   R R^T = A, S S^T = B any factors, Q the polar factor of S^T R
// It equals |m1 - m2|^2 + tr(A + B - 2 (A^{1/2} B A^{1/2})^{1/2}), of which rounding leaves nothing below u tr A: in the form above no two
// large terms are subtracted. A and B may be singular. NaN where an entry is not finite, |A_ij - A_ji| > d u max A_ii, or an eigenvalue is
// clearly negative: below -d u |A| for the reference, below -8 d^2 u |A| for every variant; between them either answer is right.
//
// Bound, u = 2^-53: everything is computed in double. With W the distance of the centred Gaussians and t = tr A + tr B,
//   factor         R R^T = A + E, |E|_F <= ((d + 2) tr A + 5 d^2 max A_ii) u for Cholesky with pivots, which stops at d u max A_ii
//                  (Higham, Accuracy and Stability, theorem 10.3); W moves by at most r(A) = min(sqrt(d^{1/2} |E|_F), |E|_F / sqrt(l)),
//                  l the least eigenvalue less |E|_F (Powers and Stormer)
//   S^T R          with 30 sweeps of rotations, off by |D|_F <= (d + growth(180 d)) u sqrt(tr A tr B); its polar factor then costs
//                  |D|^2 / s, s its least singular value less |D|, or 4 d^{1/2} |D|: W moves by at most g = the root of the smaller
//   orthogonality  columns to d u, so Q to d^2 u; differences of R V and S U to (growth(180 d) + 2 d + 8) u: h = the sum of these times
//                  sqrt(tr A) + sqrt(tr B)
// W is off by e = r(A) + r(B) + g + h, value by 2 W e + e^2 and (growth(d^2 + d) + 4) u of itself; and the reference has an error of its
// own. Sources: Bhatia, Jain and Lim, arXiv 1712.01504; Dowson and Landau 1982; one-sided Jacobi: Demmel and Veselic 1992.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

struct Bures {
  static constexpr std::string_view name = "bures";
  struct Problem {
    int batch = 8, dim = 4;
  };
  template <class T = double> struct Args {
    const T *m1, *a; // [batch, d], [batch, d, d]
    const T *m2, *b;
    double* value; // [batch]
  };
  static void axes(auto& p, auto&& v) {
    v("batch", p.batch);
    v("dim", p.dim);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("m1", a.m1, {p.batch, p.dim});
    v.in("a", a.a, {p.batch, p.dim, p.dim});
    v.in("m2", a.m2, {p.batch, p.dim});
    v.in("b", a.b, {p.batch, p.dim, p.dim});
    v.out("value", a.value, {p.batch});
  }
  static std::string refuse(const Problem&);
  // By pair mod 4. 0: covariances in general position; 1: whole numbers, of half the rank; 2: B = A + H / 1024; 3: the same Gaussian twice.
  // hostile: of every other pair A has a NaN, is not symmetric, or has a negative eigenvalue.
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&); // factors, their product, one sweep
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
