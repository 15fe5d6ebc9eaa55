// y = x cos^2(pi i / n) with the weights in scratch memory: prepared once, used by every call.
#include <cmath>
#include <numbers>

#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyTaper {
  static constexpr std::string_view name = "toy_taper";
  struct Problem {
    int n = 0;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static double weight(int i, int n) {
    const double c = std::cos(std::numbers::pi * i / n);
    return c * c;
  }
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
  }
  static Work work(const Problem& p, const Numerics&) { return {.flops = static_cast<double>(p.n)}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample) {
    Truth y;
    for (int i = 0; i < p.n; ++i) {
      y.value.push_back(weight(i, p.n) * before.x[i]);
      y.bound.push_back(2.001 * numerics.store * std::fabs(y.value.back())); // the weight and the product are rounded
    }
    return {y};
  }
};

ASSAY_VARIANT(Variant<ToyTaper, float>{.name = "cpu_table",
                                       .idea = "weights from a prepared table",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run =
                                           [](const ToyTaper::Problem& p, const ToyTaper::Args<float>& a, const Launch& launch) {
                                             const auto* table = reinterpret_cast<const float*>(launch.scratch.data());
                                             for (int i = 0; i < p.n; ++i) a.y[i] = table[i] * a.x[i];
                                           },
                                       .scratch = [](const ToyTaper::Problem& p) { return static_cast<std::size_t>(p.n) * sizeof(float); },
                                       .prepare =
                                           [](const ToyTaper::Problem& p, const Launch& launch) {
                                             auto* table = reinterpret_cast<float*>(launch.scratch.data());
                                             for (int i = 0; i < p.n; ++i) table[i] = static_cast<float>(ToyTaper::weight(i, p.n));
                                           }});

ASSAY_CASES(ToyTaper, "toys", {{{1}, "one element"}, {{31}, "odd"}, {{4096}, "a long table"}});

} // namespace
} // namespace assay
