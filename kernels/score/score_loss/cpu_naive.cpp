// One element after another, summed in double.
// Limit: the chain of additions.
#include "kernels/numbers.hpp"
#include "kernels/variant.hpp"
#include "reference/score/score_loss.hpp"

namespace assay {
namespace {

using score::Matching;

template <class T> void run(const ScoreLoss::Problem& p, const ScoreLoss::Args<T>& a, const Launch&) {
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const float factor = pair ? 1.0f : 0.5f;
  for (std::int64_t level = 0; level < p.levels; ++level) {
    const float by = p.kind == Matching::denoising ? 1 / a.noise[level] : 0;
    double sum = 0;
    for (std::int64_t i = level * p.points; i < (level + 1) * p.points; ++i) {
      float projection = 0;
      for (std::int64_t at = i * p.dim; at < (i + 1) * p.dim; ++at) {
        float r = to_float(a.s[at]);
        if (p.kind == Matching::exact) r -= to_float(a.other[at]);
        if (p.kind == Matching::denoising) r += by * to_float(a.other[at]);
        if (p.kind == Matching::sliced)
          projection += to_float(a.other[at]) * r;
        else
          sum += static_cast<double>(factor * r * r);
        if (is_sliced(p.kind)) sum += static_cast<double>(to_float(a.other[at]) * to_float(a.product[at]));
      }
      if (p.kind == Matching::sliced) sum += static_cast<double>(factor * projection * projection);
      if (p.kind == Matching::implicit) sum += static_cast<double>(a.divergence[i]);
    }
    a.loss[level] = static_cast<float>(sum / p.points);
  }
}

template <class T> constexpr Variant<ScoreLoss, T> variant() {
  return {.name = "cpu_naive",
          .idea = "one element after another, summed in double",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
