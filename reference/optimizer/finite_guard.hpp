// Which tensors have a gradient that is not finite: bad[t] = any over i in tensor t of !isfinite(g_i), or of isnan(g_i)
// with guard nan_only. Exact.
// Source: Su Jianlin, "Tiger", kexue.fm/archives/9512 (2023), which skips such tensors; it tests for NaN only, but a half
// precision gradient that overflows becomes infinite first, so `finite` is the mode to use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reference/op.hpp"
#include "reference/optimizer/guard.hpp"
#include "reference/optimizer/tensors.hpp"

namespace assay {

struct FiniteGuard {
  static constexpr std::string_view name = "finite_guard";
  struct Problem {
    std::string tensors; // see tensors.hpp
    optimizer::Guard guard = optimizer::Guard::finite;
  };
  template <class G = double> struct Args {
    const G* g;        // [elements]
    std::uint8_t* bad; // [tensors], 0 or 1
  };
  static void axes(auto& p, auto&& v) {
    v("tensors", p.tensors);
    v("guard", p.guard);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    const optimizer::Layout list = optimizer::layout(p.tensors);
    v.in("g", a.g, {list.elements});
    v.out("bad", a.bad, {list.count()});
  }
  static std::string refuse(const Problem&);
  static void fill(const Problem&, Args<>&, Fill, Random);
  static Work work(const Problem&, const Numerics&);
  static std::vector<Truth> truth(const Problem&, const Args<>& before, const Numerics&, Sample);
};

} // namespace assay
