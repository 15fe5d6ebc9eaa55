// y = factor x, the simplest op: linear, so integers are exact.
#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyScale {
  static constexpr std::string_view name = "toy_scale";
  struct Problem {
    int n = 0;
    double factor = 2;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("factor", p.factor);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
  }
  static std::string refuse(const Problem& p) { return p.n < 0 ? "n is negative" : ""; }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(p.n)}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample) {
    Truth y;
    for (int i = 0; i < p.n; ++i) {
      y.value.push_back(p.factor * before.x[i]);
      y.bound.push_back(2 * numerics.store * std::abs(y.value.back())); // the factor and the product are rounded
    }
    return {y};
  }
};

template <class T> void scale(const ToyScale::Problem& p, const ToyScale::Args<T>& a, const Launch&) {
  for (int i = 0; i < p.n; ++i) store(type_of<T>, a.y, i, p.factor * load(type_of<T>, a.x, i));
}

ASSAY_VARIANT(Variant<ToyScale, float>{.name = "cpu_naive", .idea = "one loop", .numerics = numerics::f32, .repeatable = true, .run = scale<float>});
ASSAY_VARIANT(Variant<ToyScale, Bf16>{.name = "cpu_naive", .idea = "one loop", .numerics = numerics::bf16_f32, .repeatable = true, .run = scale<Bf16>});

ASSAY_CASES(ToyScale, "toys",
            {{{1}, "one element"}, {{33, 0.5}, "odd"}, {{33, 0.5}, "exact", Fill::integers}, {{33, 3}, "odd", Fill::hostile}, {{1'000'000}, "timed", Fill::normal, Use::bench}});

} // namespace
} // namespace assay
