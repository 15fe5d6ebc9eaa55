// n rows and n columns, matched one to one at least cost: optimal transport between two clouds of n points of equal weight.
//
//   minimise sum_i c(i, match_i) over permutations          maximise sum u + sum v with u_i + v_j <= c(i, j)
// c is a matrix, or |x_i - y_j|^2. A pair whose cost is not finite is forbidden. The two optima are equal, so an answer proves itself: no
// reference is asked, and an answer that costs the same is as good. Where no match exists match is -1 everywhere, value infinite, and
// (u, v) a ray of the dual: u_i + v_j <= 0 on allowed pairs, sum u + sum v >= 1 (Hall: some rows have fewer columns than they are).
//
// What is asked, in extended precision, with C the largest finite |c| and D the largest |u_i|, |v_j|; u = 2^-53, since costs and duals are
// doubles in every variant, and e = Numerics::add, in which prices are found:
//   permutation   exactly
//   size          D <= 4 n C. Columns of a full matrix differ by 2 C at most: v_j - v_k <= c(i, j) - c(i, k) where i is matched to k.
//                 Forbidden pairs leave paths of n such steps. Without this limit a dual of any size would hide in its own rounding.
//   feasible      u_i + v_j - c(i, j) <= ((d + 3) C + 2 D) u, d = 0 for a matrix: d + 2 roundings of a squared distance, one each of c - v
//                 and its minimum's use
//   value         growth(n + d + 2) u sum |c(i, match_i)|
//   gap           value - sum u - sum v <= n (growth(4 n) + 16) e (C + D): a path of n steps adds three numbers at each, which moves v by
//                 growth(3 n) e (C + D), and v is moved n times. An auction with steps of 8 e (C + D) ends within n such steps, with
//                 roundings of its own that are as large (Bertsekas 1979).
// Sources: Kuhn 1955; Jonker and Volgenant, Computing 38 (1987); Bertsekas, Annals of Operations Research 14 (1988).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"

namespace assay {

namespace transport {
// rows: points [n, d]. columns: points [d, n]. matrix: costs [n, n].
enum class Costs : std::uint8_t { rows, columns, matrix };
constexpr std::string_view name_of(Costs x) {
  constexpr std::string_view names[] = {"rows", "columns", "matrix"};
  return static_cast<std::size_t>(x) < 3 ? names[static_cast<std::size_t>(x)] : std::string_view();
}
} // namespace transport

struct Assignment {
  static constexpr std::string_view name = "assignment";
  struct Problem {
    int n = 64, dim = 2; // dim: 0 for a matrix
    transport::Costs costs = transport::Costs::rows;
  };
  template <class T = double> struct Args {
    const T *x, *y;      // points, or nothing
    const T* cost;       // matrix, or nothing
    std::int32_t* match; // [n]
    double *u, *v;       // [n]
    double* value;       // [1]
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("dim", p.dim);
    v("costs", p.costs);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    using transport::Costs;
    const std::int64_t n = p.n, d = p.dim, side = p.costs == Costs::matrix ? n : 0;
    std::vector<std::int64_t> points = {n, d};
    if (p.costs == Costs::columns) points = {d, n};
    v.in("x", a.x, points);
    v.in("y", a.y, points);
    v.in("cost", a.cost, {side, side});
    v.out("match", a.match, {n});
    v.out("u", a.u, {n});
    v.out("v", a.v, {n});
    v.out("value", a.value, {1});
  }
  static std::string refuse(const Problem&);
  // normal: standard normals, of which costs are taken as they are. integers: -8 ... 8, so many costs are equal. hostile: half of a
  // matrix is forbidden; of points one has a coordinate that is no number, which leaves its row without a column.
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&); // one look at every pair, which is what the certificate needs
  static std::vector<Check> judge(const Problem&, const Args<>& before, const Args<>& after, const Numerics&);
};

} // namespace assay
