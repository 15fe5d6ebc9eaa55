// Rows of two builds that differ: compiled once with ASSAY_TOY_HEAD=0 and once with 1, for tests of suites/regress.
#include <cstdlib>

#include "suites/harness/cases.hpp"

namespace assay {
namespace {

constexpr bool head = ASSAY_TOY_HEAD != 0;

// y += a number that each build has for itself, in a static that linkers like to merge: truth and variants only agree where they do not.
template <class T> struct Number { static T value; };
template <class T> T Number<T>::value = head ? 7 : 3;

struct ToySide {
  static constexpr std::string_view name = "toy_side";
  struct Problem {
    int n = 0;
  };
  template <class T = double> struct Args { T* y; };
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) { v.inout("y", a.y, {p.n}); }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(p.n)}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
    Truth y;
    for (int i = 0; i < p.n; ++i) y.value.push_back(before.y[i] + (head ? 7 : 3));
    y.bound.assign(y.value.size(), 0);
    return {y};
  }
};

template <int times> void add(const ToySide::Problem& p, const ToySide::Args<float>& a, const Launch&) {
  for (int k = 0; k < times; ++k) {
    volatile float* const y = a.y; // every pass is made
    for (int i = 0; i < p.n; ++i) y[i] = y[i] + static_cast<float>(Number<int>::value) / times;
  }
}

void add_wrongly(const ToySide::Problem& p, const ToySide::Args<float>& a, const Launch& launch) {
  add<1>(p, a, launch);
  a.y[0] += head ? 1 : 0;
}

void crash_later(const ToySide::Problem& p, const ToySide::Args<float>& a, const Launch& launch) {
  static int calls = 0;
  if (head && ++calls > 10) std::abort(); // verification makes fewer, timing more
  add<1>(p, a, launch);
}

constexpr Variant<ToySide, float> variant(const char* name,
                                          void (*run)(const ToySide::Problem&, const ToySide::Args<float>&, const Launch&)) {
  return {.name = name, .idea = "a row of two builds", .numerics = numerics::f32, .repeatable = true, .run = run};
}

ASSAY_VARIANT(variant("cpu_same", add<1>));
ASSAY_VARIANT(variant("cpu_twice", add<head ? 2 : 1>));
ASSAY_VARIANT(variant("cpu_half", add<head ? 1 : 2>));
ASSAY_VARIANT(variant(head ? "cpu_new" : "cpu_gone", add<1>));
ASSAY_VARIANT(variant("cpu_wrong", add_wrongly));
ASSAY_VARIANT(variant("cpu_crash", crash_later));

ASSAY_CASES(ToySide, "toys", {{{100'000}, "some 50 us", Fill::integers, Use::bench}});

} // namespace
} // namespace assay
