// What biases before rotary positions add to a score, as a function of the distance alone: the score of the two turned biases.
//   B_h(D) = sum_i Re w_i cos(D theta_i) + Im w_i sin(D theta_i),   D = first ... first + count - 1, query minus key
//   Re w_i = a_1 b_1 + a_2 b_2,   Im w_i = a_1 b_2 - a_2 b_1   of pair i of head h (rope.hpp: pairs and theta_i; all of the row turns)
// Angles are reduced in double whatever the storage: a three-term recurrence over D would let the error grow with D.
// Source: the fourth term of kexue.fm/archives/9577; without the mixed terms arXiv 2202.10447.
//
// Bound. u = Numerics::add, A_i = |a_1 b_1| + |a_2 b_2| + |a_1 b_2| + |a_2 b_1|, phi = D theta_i; chains through growth(k).
//   |dB| <= sum_i A_i expm1(slip_i + gamma(growth(d) + 3)) + u_s |B|,   slip_i = 4 2^-53 |phi| + pi u + 2 u as for a rotation
// d products in one sum; 3 for the two roundings of a weight and that of its product. At D = 0 the slip is 0.
#pragma once

#include <vector>

#include "reference/op.hpp"
#include "reference/rope/rope.hpp"

namespace assay {

struct BiasCurve {
  static constexpr std::string_view name = "bias_curve";
  struct Problem {
    int heads = 2, dim = 64;
    double base = 10000;
    rope::Pairing pairing = rope::Pairing::interleaved;
    std::int64_t first = 0;
    int count = 64;
  };
  template <class T = double> struct Args {
    const T *a, *b; // [H, d], biases of queries and of keys
    T* curve;       // [H, count]
  };
  static void axes(auto& p, auto&& v) {
    v("heads", p.heads);
    v("dim", p.dim);
    v("base", p.base);
    v("pairing", p.pairing);
    v("first", p.first);
    v("count", p.count);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("a", a.a, {p.heads, p.dim});
    v.in("b", a.b, {p.heads, p.dim});
    v.out("curve", a.curve, {p.heads, p.count});
  }
  static std::string refuse(const Problem&);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
