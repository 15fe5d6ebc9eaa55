#include <cstdint>
#include <span>
#include <vector>

#include "reference/particles/weak_residual.hpp"
#include "reference/random.hpp"
#include "suites/continuity/particle_claims.hpp"
#include "suites/harness/inquiry.hpp"

namespace {

using namespace assay;
using namespace assay::particles;

void ask(Inquiry& inquiry) {
  const Ou ou{.rate = 1, .noise = 0.8};
  const score::GaussianMixture start{{{1, 1.5, 0.09}}};
  const std::vector<TestFunction> functions = test_functions();
  const std::uint64_t key = key_of(inquiry.seed, "weak-residual-particles-ou");
  continuity::judge(inquiry, functions, [&](std::span<const Belief> beliefs, std::span<const std::int64_t> counts) {
    return generator_residual(ou, start, 1, 8, functions, beliefs, counts, key); // 8 drawn times in [0, 1]
  });
}

ASSAY_CLAIM({
    .id = "claim/continuity/weak-residual-particles-ou",
    .statement =
        "Ornstein-Uhlenbeck particles satisfy the weak form: for 13 test functions phi the mean of phi(X_T) - phi(X_0) minus the time "
        "integral of (L phi)(X_t) is 0, L phi = f phi' + g^2/2 phi''.",
    .source = "Su Jianlin, kexue.fm 9461 (2023)",
    .kind = Kind::sampled,
    .broken_by = {"noise variance 5 % wrong", "drift 5 % wrong", "g^2 in place of g^2/2", "sign of the velocity"},
    .ask = ask,
});

} // namespace
