// One element after another.
// Limit: memory bandwidth, once the compiler has vectorised it; the chain of a dot product for sliced losses.
#include "kernels/numbers.hpp"
#include "kernels/variant.hpp"
#include "reference/score/score_loss_bwd.hpp"

namespace assay {
namespace {

using score::Matching;

template <class T> void run(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a, const Launch&) {
  const auto share = static_cast<float>(1.0 / p.points);
  for (std::int64_t i = 0; i < std::int64_t{p.levels} * p.points; ++i) {
    const float by = p.kind == Matching::denoising ? 1 / a.noise[i / p.points] : 0;
    const std::int64_t first = i * p.dim, past = first + p.dim;
    float projection = 0;
    for (std::int64_t at = first; p.kind == Matching::sliced && at < past; ++at) projection += to_float(a.other[at]) * to_float(a.s[at]);
    for (std::int64_t at = first; at < past; ++at) {
      float r = to_float(a.s[at]);
      if (p.kind == Matching::exact) r = 2 * (r - to_float(a.other[at]));
      if (p.kind == Matching::denoising) r = 2 * (r + by * to_float(a.other[at]));
      if (p.kind == Matching::sliced) r = projection * to_float(a.other[at]);
      a.d_s[at] = share * r;
    }
  }
}

template <class T> constexpr Variant<ScoreLossBwd, T> variant() {
  return {
      .name = "cpu_naive", .idea = "one element after another", .numerics = numerics::stored_as<T>(), .repeatable = true, .run = run<T>};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
