#include <cstdint>
#include <span>

#include "reference/particles/weak_residual.hpp"
#include "reference/random.hpp"
#include "suites/continuity/particle_claims.hpp"
#include "suites/harness/inquiry.hpp"

namespace {

using namespace assay;
using namespace assay::particles;

void ask(Inquiry& inquiry) {
  const score::VpSchedule schedule{0.1, 19.9};
  const score::GaussianMixture start{{{0.3, -1.5, 0.09}, {0.7, 1, 0.25}}};
  const Comb comb{0.25, 16};                                                   // frequencies 0.25 to 4
  const EulerMaruyama em{.horizon = 0.5, .steps = inquiry.thorough ? 50 : 20}; // E M = 0 and the power hold for any step
  const std::uint64_t key = key_of(inquiry.seed, "weak-residual-particles-vp");
  continuity::judge(inquiry, test_functions(comb), [&](std::span<const Belief> beliefs, std::span<const std::int64_t> counts) {
    return martingale_residual(schedule, start, em, comb, beliefs, counts, key);
  });
}

ASSAY_CLAIM({
    .id = "claim/continuity/weak-residual-particles-vp",
    .statement =
        "Particles of a Gaussian mixture under the variance preserving equation satisfy the weak form: for 32 waves phi the mean of "
        "phi(X_n) - phi(X_0) - sum (P_j phi - phi)(X_j) is 0, P_j the one-step mean of Euler-Maruyama.",
    .source = "Su Jianlin, kexue.fm 9461 (2023); Song et al., arXiv 2011.13456",
    .kind = Kind::sampled,
    .broken_by = {"noise variance 5 % wrong", "drift 5 % wrong", "g^2 in place of g^2/2", "sign of the velocity"},
    .ask = ask,
});

} // namespace
