// Ends its process in two ways; each costs one row, and the run goes on.
#include <cstdlib>

#include "tests/toys/bad/copy.hpp"

namespace assay {
namespace {

struct ToyCrash : ToyCopy {
  static constexpr std::string_view name = "toy_crash";
};

ASSAY_VARIANT(Variant<ToyCrash, float>{.name = "cpu_crashes",
                                       .idea = "ends its process",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = [](const ToyCrash::Problem& p, const ToyCrash::Args<float>& a, const Launch& launch) {
                                         if (p.n == 5) std::abort();
                                         if (p.n == 7) std::_Exit(0);
                                         copy(p, a, launch);
                                       }});

ASSAY_CASES(ToyCrash, "toys", {{{4}, "right"}, {{5}, "aborts"}, {{6}, "right"}, {{7}, "ends as if all were well"}, {{8}, "right"}});

} // namespace
} // namespace assay
