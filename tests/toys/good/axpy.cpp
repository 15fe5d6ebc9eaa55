// y += a x in place: the inout array is restored before every call. A second variant takes only multiples of eight.
#include <cmath>

#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyAxpy {
  static constexpr std::string_view name = "toy_axpy";
  struct Problem {
    int n = 0;
    double a = 0.5;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("a", p.a);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.inout("y", a.y, {p.n});
  }
  static Work work(const Problem& p, const Numerics&) { return {.flops = 2.0 * p.n}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample) {
    Truth y;
    for (int i = 0; i < p.n; ++i) {
      const double product = p.a * before.x[i], sum = product + before.y[i];
      y.value.push_back(sum);
      // The factor, the product and the sum are rounded; products below the normal range lose up to half of 2^-149.
      y.bound.push_back(std::isfinite(sum) ? 2.001 * numerics.add * std::fabs(product) + numerics.store * std::fabs(sum) + 0x1p-149 : 0);
    }
    return {y};
  }
};

void axpy(const ToyAxpy::Problem& p, const ToyAxpy::Args<float>& a, const Launch&) {
  for (int i = 0; i < p.n; ++i) a.y[i] += static_cast<float>(p.a) * a.x[i];
}

void axpy_in_eights(const ToyAxpy::Problem& p, const ToyAxpy::Args<float>& a, const Launch&) {
  for (int i = 0; i < p.n; i += 8)
    for (int k = i; k < i + 8; ++k) a.y[k] += static_cast<float>(p.a) * a.x[k];
}

ASSAY_VARIANT(Variant<ToyAxpy, float>{.name = "cpu_naive", .idea = "one loop", .numerics = numerics::f32, .repeatable = true, .run = axpy});
ASSAY_VARIANT(Variant<ToyAxpy, float>{.name = "cpu_eights",
                                      .idea = "eight at a time",
                                      .numerics = numerics::f32,
                                      .repeatable = true,
                                      .run = axpy_in_eights,
                                      .accepts = [](const ToyAxpy::Problem& p) { return p.n % 8 == 0; }});

ASSAY_CASES(ToyAxpy, "toys",
            {{{33, 0.3}, "not a multiple of eight"},
             {{32, 0.3}, "a multiple of eight"},
             {{32, 2}, "exact", Fill::integers},
             {{200}, "inf - inf is NaN, NaN stays NaN", Fill::hostile}});

} // namespace
} // namespace assay
