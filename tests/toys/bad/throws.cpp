// Throws: a std::exception for n = 5, something else for n = 7; each costs its own row.
#include <stdexcept>

#include "tests/toys/bad/copy.hpp"

namespace assay {
namespace {

struct ToyThrow : ToyCopy {
  static constexpr std::string_view name = "toy_throw";
};

ASSAY_VARIANT(Variant<ToyThrow, float>{.name = "cpu_throws",
                                       .idea = "gives up",
                                       .numerics = numerics::f32,
                                       .repeatable = true,
                                       .run = [](const ToyThrow::Problem& p, const ToyThrow::Args<float>& a, const Launch& launch) {
                                         if (p.n == 5) throw std::runtime_error("five is too much");
                                         if (p.n == 7) throw 7;
                                         copy(p, a, launch);
                                       }});

ASSAY_CASES(ToyThrow, "toys", {{{4}, "right"}, {{5}, "throws an exception"}, {{6}, "right"}, {{7}, "throws a number"}});

} // namespace
} // namespace assay
