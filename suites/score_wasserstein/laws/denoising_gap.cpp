// Law: the denoising loss exceeds the explicit one by what does not depend on s. Each point comes with two noises of equal weight; the
// explicit target is the mean -(z_1 + z_2) / (2 b) of their conditional scores, and the gap their variance, |z_1 - z_2|^2 / (4 b^2).
// Small integers: every storage type holds them.
#include <vector>

#include "reference/random.hpp"
#include "reference/rounding.hpp"
#include "reference/score/score_loss.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

using score::Matching;

void ask(Inquiry& inquiry, const Apply<ScoreLoss>& apply) {
  constexpr std::size_t pairs = 32, dim = 3;
  constexpr float noise = 0.5;
  constexpr double b = noise;
  for (const std::uint32_t model : {0u, 1u}) {
    std::vector<double> s(2 * pairs * dim), z(s.size()), target(s.size());
    fill_integers(key_of(inquiry.seed, "denoising gap"), model, -8, 8, s);
    fill_integers(key_of(inquiry.seed, "denoising gap"), 2, -4, 4, z);
    double gap = 0;
    for (std::size_t i = 0; i < pairs * dim; ++i) {
      const std::size_t j = i + pairs * dim;
      s[j] = s[i];
      target[i] = target[j] = -(z[i] + z[j]) / (inquiry.broken == 1 ? 2 : 2 * b);
      gap += (z[i] - z[j]) * (z[i] - z[j]) / (4 * b * b) / pairs;
    }
    double losses[2], bounds[2];
    for (const bool denoising : {false, true}) {
      const ScoreLoss::Problem p{.kind = denoising ? Matching::denoising : Matching::exact, .levels = 1, .points = 2 * pairs, .dim = dim};
      float loss = 0;
      ScoreLoss::Args<> args{s.data(), denoising ? z.data() : target.data(), nullptr, denoising ? &noise : nullptr, nullptr, &loss};
      apply(p, args);
      losses[denoising] = static_cast<double>(loss);
      bounds[denoising] = ScoreLoss::truth(p, args, inquiry.numerics, {})[0].bound[0];
    }
    inquiry.check(identity("denoising less explicit, and the variance of the conditional scores", losses[1] - losses[0],
                           inquiry.broken == 2 ? 0 : gap, bounds[0] + bounds[1] + gamma(2 * pairs * dim, numerics::u64) * gap));
  }
}

} // namespace

ASSAY_LAW(Law<ScoreLoss>{.name = "denoising-gap",
                         .statement = "denoising less explicit is the variance of the conditional scores, whatever the model",
                         .broken_by = {"the target is not divided by b", "the two are the same"},
                         .ask = ask});

} // namespace assay
