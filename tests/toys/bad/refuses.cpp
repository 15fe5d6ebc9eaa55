// A case list asks for a problem that the op calls invalid: an error of the list, not a failure of the variant.
#include "tests/toys/bad/copy.hpp"

namespace assay {
namespace {

struct ToyRefuse : ToyCopy {
  static constexpr std::string_view name = "toy_refuse";
  static std::string refuse(const Problem& p) { return p.n < 0 ? "n is negative" : ""; }
};

ASSAY_VARIANT(Variant<ToyRefuse, float>{.name = "cpu_naive",
                                        .idea = "one loop",
                                        .numerics = numerics::f32,
                                        .repeatable = true,
                                        .run = [](const auto& p, const auto& a, const Launch& launch) { copy(p, a, launch); }});

ASSAY_CASES(ToyRefuse, "toys", {{{4}, "right"}, {{-1}, "refused"}});

} // namespace
} // namespace assay
