// y = factor x, the simplest op: linear, so integers are exact. Hostile inputs: NaN and infinities pass through.
#include <cmath>

#include "suites/harness/cases.hpp"
#include "suites/harness/inquiry.hpp"

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
      // The factor and the product are rounded. An infinite truth is decided: an infinite bound would say that it is not.
      y.bound.push_back(std::isfinite(y.value.back()) ? 2 * numerics.store * std::fabs(y.value.back()) : 0);
    }
    return {y};
  }
};

template <class T> void scale(const ToyScale::Problem& p, const ToyScale::Args<T>& a, const Launch&) {
  for (int i = 0; i < p.n; ++i) store(type_of<T>, a.y, i, p.factor * load(type_of<T>, a.x, i));
}

ASSAY_VARIANT(Variant<ToyScale, float>{
    .name = "cpu_naive", .idea = "one loop", .numerics = numerics::f32, .repeatable = true, .run = scale<float>});
ASSAY_VARIANT(Variant<ToyScale, Bf16>{
    .name = "cpu_naive", .idea = "one loop", .numerics = numerics::bf16_f32, .repeatable = true, .run = scale<Bf16>});

ASSAY_CASES(ToyScale, "toys",
            {{{1}, "one element"},
             {{33, 0.5}, "odd"},
             {{33, 0.5}, "exact", Fill::integers},
             {{33, 3}, "NaN and infinities pass through", Fill::hostile},
             {{1'000'000}, "timed", Fill::normal, Use::bench}});

ASSAY_LAW(Law<ToyScale>{.name = "chunk-invariance",
                        .statement = "Two halves give the same bits as the whole.",
                        .broken_by = {"the second half starts one element early"},
                        .ask = [](Inquiry& inquiry, const Apply<ToyScale>& apply) {
                          constexpr int n = 40, half = n / 2;
                          std::vector<double> x(n), whole(n), parts(n);
                          for (int i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = 1 + i * 0.37;
                          ToyScale::Args<> all{x.data(), whole.data()}, first{x.data(), parts.data()},
                              second{x.data() + half - (inquiry.broken == 1 ? 1 : 0), parts.data() + half};
                          apply({n, 0.7}, all);
                          apply({half, 0.7}, first);
                          apply({half, 0.7}, second);
                          std::int64_t differing = 0;
                          for (std::size_t i = 0; i < n; ++i) differing += whole[i] != parts[i];
                          inquiry.check(bitwise("halves against the whole", differing));
                        }});

} // namespace
} // namespace assay
