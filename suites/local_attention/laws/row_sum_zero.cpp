// Law: with no gradient of the log-sum-exp, dS sums to zero over the keys of a row, since softmax does not change when a constant is
// added to its scores. A table of one entry has the sum over all rows of a head as its gradient, and the diagonal sums add up to it.
// Slack: d_bias within its bound; o is stored, which moves D by u_o sum |do| |o|, and so is L, which moves all weights of a row by
// expm1(u |L|), hence their sum by expm1(u |L|) (|sum P dP| + |D|), both at most sum |do| |o| here.
#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<AttentionBwd>& apply) {
  const attention::Problem p{.heads = 2, .kv_heads = 1, .queries = 40, .keys = 40, .window = 15, .bias = attention::Bias::table};
  Owned<AttentionBwd> x(p, inquiry.seed);
  std::fill_n(const_cast<float*>(x.args.d_lse), p.heads * p.queries, inquiry.broken == 2 ? 0.5f : 0.0f);
  std::vector<double> slack(static_cast<std::size_t>(p.heads));
  for (int h = 0; h < p.heads; ++h)
    for (int i = 0; i < p.queries; ++i) {
      const double lse = static_cast<double>(x.args.lse[h * p.queries + i]);
      double* const o = x.row("o", h, i);
      double size = 0;
      for (int e = 0; e < p.value_dim; ++e) size += std::fabs(o[e] * x.row("d_o", h, i)[e]);
      slack[static_cast<std::size_t>(h)] += size * (inquiry.numerics.store + 2 * std::expm1(numerics::u32 * std::fabs(lse)));
      if (inquiry.broken == 1) // times the sum of its weights, were all of them 1
        for (int e = 0; e < p.value_dim; ++e) o[e] *= std::min(15, i + 1);
    }
  const std::vector<Truth> truth = AttentionBwd::truth(p, x.args, inquiry.numerics, {});
  apply(p, x.args);
  Within sum, diagonal;
  const int distances = attention::distances_of(p);
  for (int h = 0; h < p.heads; ++h) {
    const auto head = static_cast<std::size_t>(h);
    sum.add(x.args.d_bias[h], slack[head] + truth[4].bound[head]);
    double total = 0, bound = slack[head];
    for (int t = 0; t < distances; ++t) {
      total += static_cast<double>(x.args.diagonal[h * distances + t]);
      bound += truth[3].bound[head * static_cast<std::size_t>(distances) + static_cast<std::size_t>(t)];
    }
    diagonal.add(total, bound);
  }
  inquiry.check(inequality("gradient of a constant, over its bound", sum.worst, 1));
  inquiry.check(inequality("sum of the diagonal sums, over its bound", diagonal.worst, 1));
}

} // namespace

ASSAY_LAW(Law<AttentionBwd>{.name = "row-sum-zero",
                            .statement = "dS sums to zero over the keys of every row when the log-sum-exp has no gradient",
                            .broken_by = {"D from an o that was not normalised", "the log-sum-exp has a gradient"},
                            .ask = ask});

} // namespace assay
