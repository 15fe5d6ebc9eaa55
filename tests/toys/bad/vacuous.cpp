// Two ops whose checks say nothing: a bound that also lets zeros pass, and a truth that decides half of its elements.
#include <limits>

#include "tests/toys/bad/copy.hpp"

namespace assay {
namespace {

struct ToyLax : ToyCopy {
  static constexpr std::string_view name = "toy_lax";
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample sample) {
    std::vector<Truth> truths = ToyCopy::truth(p, before, numerics, sample);
    std::fill(truths[0].bound.begin(), truths[0].bound.end(), 100.0);
    return truths;
  }
};

struct ToyUndecided : ToyCopy {
  static constexpr std::string_view name = "toy_undecided";
  static std::vector<Truth> truth(const Problem& p, const Args<>& before, const Numerics& numerics, Sample sample) {
    std::vector<Truth> truths = ToyCopy::truth(p, before, numerics, sample);
    for (std::size_t i = 0; i < truths[0].bound.size(); i += 2) truths[0].bound[i] = std::numeric_limits<double>::infinity();
    return truths;
  }
};

constexpr auto honest = [](const auto& p, const auto& a, const Launch& launch) { copy(p, a, launch); };

ASSAY_VARIANT(Variant<ToyLax, float>{
    .name = "cpu_naive", .idea = "one loop", .numerics = numerics::f32, .repeatable = true, .run = honest});
ASSAY_VARIANT(Variant<ToyUndecided, float>{
    .name = "cpu_naive", .idea = "one loop", .numerics = numerics::f32, .repeatable = true, .run = honest});

ASSAY_CASES(ToyLax, "toys", {{{33}, "anything passes"}});
ASSAY_CASES(ToyUndecided, "toys", {{{33}, "half of it is undecidable"}});

} // namespace
} // namespace assay
