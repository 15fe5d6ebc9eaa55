// Judged by a certificate, without a truth: with ties there is more than one right order.
#include <algorithm>
#include <numeric>

#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToySort {
  static constexpr std::string_view name = "toy_sort";
  struct Problem {
    int n = 0;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
    std::int32_t* from; // y[i] = x[from[i]]
  };
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
    v.out("from", a.from, {p.n});
  }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(p.n)}; }
  static std::vector<Check> judge(const Problem& p, const Args<>& before, const Args<>& after, const Numerics&) {
    double descents = 0, strangers = 0;
    std::vector<bool> used(static_cast<std::size_t>(p.n));
    for (int i = 0; i < p.n; ++i) {
      if (i > 0 && !(after.y[i - 1] <= after.y[i])) ++descents;
      const std::int32_t from = after.from[i];
      const bool fresh = from >= 0 && from < p.n && !used[static_cast<std::size_t>(from)];
      if (!fresh || after.y[i] != before.x[from]) ++strangers;
      if (fresh) used[static_cast<std::size_t>(from)] = true;
    }
    return {{"y never descends", descents, 0, 0}, {"from is a permutation that takes x to y", strangers, 0, 0}};
  }
};

template <bool backwards> void sort(const ToySort::Problem& p, const ToySort::Args<float>& a, const Launch&) {
  std::iota(a.from, a.from + p.n, 0);
  std::sort(a.from, a.from + p.n,
            [&](std::int32_t i, std::int32_t j) { return a.x[i] != a.x[j] ? a.x[i] < a.x[j] : (i < j) != backwards; });
  for (int i = 0; i < p.n; ++i) a.y[i] = a.x[a.from[i]];
}

ASSAY_VARIANT(Variant<ToySort, float>{
    .name = "cpu_first_tie", .idea = "the first of equals comes first", .numerics = numerics::f32, .repeatable = true, .run = sort<false>});
ASSAY_VARIANT(Variant<ToySort, float>{
    .name = "cpu_last_tie", .idea = "the last of equals comes first", .numerics = numerics::f32, .repeatable = true, .run = sort<true>});

ASSAY_CASES(ToySort, "toys", {{{1}, "one element"}, {{34}, "no ties"}, {{100}, "17 values: many ties", Fill::integers}});

} // namespace
} // namespace assay
