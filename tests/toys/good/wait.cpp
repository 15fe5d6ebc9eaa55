// With --effort thorough every call takes a while, so that a run can be interrupted in its middle.
#include <chrono>
#include <thread>

#include "suites/harness/cases.hpp"

namespace assay {
namespace {

struct ToyWait {
  static constexpr std::string_view name = "toy_wait";
  struct Problem {
    int n = 0, milliseconds = 0;
  };
  template <class T = double> struct Args {
    const T* x;
    T* y;
  };
  static void axes(auto& p, auto&& v) {
    v("n", p.n);
    v("milliseconds", p.milliseconds);
  }
  static void arrays(const Problem& p, auto& a, auto&& v) {
    v.in("x", a.x, {p.n});
    v.out("y", a.y, {p.n});
  }
  static Work work(const Problem&, const Numerics&) { return {.flops = 0}; }
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics&, Sample) {
    return {{{before.x, before.x + p.n}, std::vector<double>(static_cast<std::size_t>(p.n)), {}}};
  }
  // A delay does not show in the result, so it may not be a decoy of the power rule.
  static std::string refuse(const Problem& p) { return p.milliseconds % 100 != 0 ? "milliseconds is not a multiple of 100" : ""; }
};

ASSAY_VARIANT(Variant<ToyWait, float>{.name = "cpu_sleep",
                                      .idea = "a copy, late",
                                      .numerics = numerics::f32,
                                      .repeatable = true,
                                      .run = [](const ToyWait::Problem& p, const ToyWait::Args<float>& a, const Launch&) {
                                        std::this_thread::sleep_for(std::chrono::milliseconds(p.milliseconds));
                                        std::copy(a.x, a.x + p.n, a.y);
                                      }});

constexpr Use thorough = Use::thorough;
ASSAY_CASES(ToyWait, "toys",
            {{{5}, "no delay"},
             {{6, 100}, "slow", Fill::normal, thorough},
             {{7, 100}, "slow", Fill::normal, thorough},
             {{8, 100}, "slow", Fill::normal, thorough},
             {{9, 100}, "slow", Fill::normal, thorough},
             {{10, 100}, "slow", Fill::normal, thorough},
             {{11, 100}, "slow", Fill::normal, thorough}});

} // namespace
} // namespace assay
