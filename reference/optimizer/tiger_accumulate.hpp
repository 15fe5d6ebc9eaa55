// A micro-step of Tiger that is not the last of its window: the gradient goes into the momentum, parameters rest.
// Source: Su Jianlin, "Gradient accumulation hidden in momentum", kexue.fm/archives/8634 (2021-08-24). Only the first
// micro-step decays, and every gradient carries (1 - beta) / k, so that the window as a whole is one step of the average.
//
//   m' = b m + ((1 - beta) / k) g,   b = beta if step mod k = 0 and 1 otherwise; the fp32 form is that of tiger_step.hpp
// A bad tensor (guard.hpp), with flags from finite_guard:
//   policy window:    m' = b m, and sticky is set; other tensors keep their flag.
//   policy immediate: m' = m, theta' = c + shrink (theta - c), and sum_sq of its groups follows; other tensors keep theirs.
// theta and sum_sq are arguments only with policy immediate; otherwise nothing but g, m and the flags is touched.
//
// Truth and bounds as in tiger_step.hpp. Linear in g and m: with beta = 1/2, a window of a power of two and small integers
// every product and sum is exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"
#include "reference/optimizer/guard.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay {

struct TigerAccumulate {
  static constexpr std::string_view name = "tiger_accumulate";
  struct Problem {
    std::string tensors; // see tensors.hpp
    double beta = 0.965, shrink = 0.99;
    int window = 4;                                 // micro-steps per update
    std::int64_t step = 0;                          // this micro-step, counted from 0
    optimizer::Guard guard = optimizer::Guard::off; // which test gave `bad`: only `off` makes a difference here
    optimizer::Policy policy = optimizer::Policy::window;
  };
  // Storage of parameters, gradients and momenta.
  template <class P = double, class G = double, class M = double> struct Args {
    const G* g;              // [elements]
    M* m;                    // [elements]
    const std::uint8_t* bad; // [tensors]; not looked at with guard = off
    std::uint8_t* sticky;    // [tensors]; left alone with policy immediate or guard = off
    P* theta = nullptr;      // [elements], see above
    float* sum_sq = nullptr; // [groups], see above
  };
  static void axes(auto& p, auto&& v) {
    v("tensors", p.tensors);
    v("beta", p.beta);
    v("shrink", p.shrink);
    v("window", p.window);
    v("step", p.step);
    v("guard", p.guard);
    v("policy", p.policy);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const optimizer::Layout list = optimizer::layout(p.tensors);
    v.in("g", a.g, {list.elements});
    v.inout("m", a.m, {list.elements});
    v.in("bad", a.bad, {list.count()});
    v.inout("sticky", a.sticky, {list.count()});
    if (p.policy != optimizer::Policy::immediate) return;
    v.inout("theta", a.theta, {list.elements});
    v.inout("sum_sq", a.sum_sq, {list.groups});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
