// An op that copies. Every file here derives from it what its own variant does wrong.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "suites/harness/cases.hpp"

namespace assay {

struct ToyCopy {
  struct Problem {
    int n = 0;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
  }
  static Work work(const Problem&, const Numerics&) { return {.flops = 0}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
    return {{{before.x, before.x + p.n}, std::vector<double>(static_cast<std::size_t>(p.n)), {}}};
  }
};

inline void copy(const ToyCopy::Problem& p, const ToyCopy::Args<float>& a, const Launch&) { std::copy(a.x, a.x + p.n, a.y); }

} // namespace assay
