// Sum of squares of every group of a list of tensors, for root mean squares: the stand-alone form of what tiger_step leaves
// behind for its next call. Needed after any outside write to the parameters (loading, merging, tying weights).
//
//   sum_sq[j] = sum over i in group j of theta_i^2
//
// Truth: plain sums in double. Bound: gamma(growth(h)) sum + n 2^-126 u with h = roundings_of_sum(n) of bounds.hpp, which
// is the contract: fixed trees over chunks, so that a result depends neither on the launch shape nor on other tensors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay {

struct SumOfSquares {
  static constexpr std::string_view name = "sum_of_squares";
  struct Problem {
    std::string tensors; // see tensors.hpp
  };
  template <class P = double> struct Args {
    const P* theta; // [elements]
    float* sum_sq;  // [groups]
  };
  static void axes(auto& p, auto&& v) { v("tensors", p.tensors); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const optimizer::Layout list = optimizer::layout(p.tensors);
    v.in("theta", a.theta, {list.elements});
    v.out("sum_sq", a.sum_sq, {list.groups});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
