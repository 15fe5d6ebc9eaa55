// Law: a constant added to every bias leaves o as it is and moves the log-sum-exp by that constant. It is why a relative bias may be
// taken against any origin, and why KERPLE needs its kernels to be positive definite up to a constant only (arXiv 2205.09921).
#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<AttentionFwd>& apply) {
  const attention::Problem p{
      .heads = 2, .kv_heads = 1, .queries = 40, .keys = 40, .window = 15, .bias = attention::Bias::table, .reach = 7};
  constexpr float shift = 3;
  Owned<AttentionFwd> plain(p, inquiry.seed), moved(p, inquiry.seed);
  for (int k = 0; k < p.heads * p.reach; ++k) { // whole eighths, so that the sum is exact
    float &before = const_cast<float*>(plain.args.bias)[k], &after = const_cast<float*>(moved.args.bias)[k];
    before = std::nearbyint(8 * before) / 8;
    after = before;
    if (!(inquiry.broken == 2 && k % p.reach == 2)) after += inquiry.broken == 1 ? shift / 8 : shift;
  }
  const std::vector<Truth> one = AttentionFwd::truth(p, plain.args, inquiry.numerics, {});
  const std::vector<Truth> other = AttentionFwd::truth(p, moved.args, inquiry.numerics, {});
  apply(p, plain.args);
  apply(p, moved.args);
  Within o, lse;
  for (std::size_t i = 0; i < one[0].value.size(); ++i) o.add(plain.args.o[i] - moved.args.o[i], one[0].bound[i] + other[0].bound[i]);
  for (std::size_t i = 0; i < one[1].value.size(); ++i)
    lse.add(static_cast<double>(moved.args.lse[i]) - plain.args.lse[i] - static_cast<double>(shift), one[1].bound[i] + other[1].bound[i]);
  inquiry.check(inequality("o, change over the bounds", o.worst, 1));
  inquiry.check(inequality("lse, change less the shift over the bounds", lse.worst, 1));
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{.name = "bias-shift",
                            .statement = "a constant added to the bias leaves o as it is and moves lse by it",
                            .broken_by = {"the shift is scaled as if it came before 1 / sqrt(d)", "one distance is left out"},
                            .ask = ask});

} // namespace assay
