// Law: heads that share keys and values compute what they would with copies of their own, and the gradients of what is shared are the
// sums over those copies. Within the bounds of both sides, since kernels may order sums by group. arXiv 2305.13245.
#include "suites/local_attention/owned.hpp"

namespace assay {
namespace {

constexpr int heads = 4, groups = 2, n = 40;

// The same inputs with a copy of keys and values for every head; broken: heads take turns instead of standing together.
template <class Op> void repeat(Owned<Op>& shared, Owned<Op>& repeated, bool broken) {
  for (int h = 0; h < heads; ++h)
    for (int j = 0; j < n; ++j)
      for (const char* array : {"k", "v"})
        std::copy_n(shared.row(array, broken ? h % groups : h / (heads / groups), j), 64, repeated.row(array, h, j));
  repeated.refresh();
}

attention::Problem problem(int kv_heads) { return {.heads = heads, .kv_heads = kv_heads, .queries = n, .keys = n, .window = 15}; }

void ask_forward(Inquiry& inquiry, const Apply<AttentionFwd>& apply) {
  Owned<AttentionFwd> shared(problem(groups), inquiry.seed), repeated(problem(heads), inquiry.seed);
  repeat(shared, repeated, inquiry.broken == 1);
  const std::vector<Truth> truth = AttentionFwd::truth(shared.p, shared.args, inquiry.numerics, {});
  apply(shared.p, shared.args);
  apply(repeated.p, repeated.args);
  Within o, lse;
  for (std::size_t i = 0; i < truth[0].value.size(); ++i) o.add(shared.args.o[i] - repeated.args.o[i], 2 * truth[0].bound[i]);
  for (std::size_t i = 0; i < truth[1].value.size(); ++i)
    lse.add(static_cast<double>(shared.args.lse[i]) - repeated.args.lse[i], 2 * truth[1].bound[i]);
  inquiry.check(inequality("o, difference over both bounds", o.worst, 1));
  inquiry.check(inequality("lse, difference over both bounds", lse.worst, 1));
}

void ask_backward(Inquiry& inquiry, const Apply<AttentionBwd>& apply) {
  Owned<AttentionBwd> shared(problem(groups), inquiry.seed), repeated(problem(heads), inquiry.seed);
  repeat(shared, repeated, inquiry.broken == 1);
  const std::vector<Truth> one = AttentionBwd::truth(shared.p, shared.args, inquiry.numerics, {});
  const std::vector<Truth> other = AttentionBwd::truth(repeated.p, repeated.args, inquiry.numerics, {});
  apply(shared.p, shared.args);
  apply(repeated.p, repeated.args);
  Within d_q, d_k, d_v;
  constexpr std::size_t each = n * 64;
  for (std::size_t i = 0; i < one[0].value.size(); ++i)
    d_q.add(shared.args.d_q[i] - repeated.args.d_q[i], one[0].bound[i] + other[0].bound[i]);
  for (std::size_t i = 0; i < groups * each; ++i) {
    const std::size_t first = i / each * 2 * each + i % each, second = first + each;
    d_k.add(shared.args.d_k[i] - (repeated.args.d_k[first] + repeated.args.d_k[second]),
            one[1].bound[i] + other[1].bound[first] + other[1].bound[second]);
    d_v.add(shared.args.d_v[i] - (repeated.args.d_v[first] + (inquiry.broken == 2 ? 0 : repeated.args.d_v[second])),
            one[2].bound[i] + other[2].bound[first] + other[2].bound[second]);
  }
  inquiry.check(inequality("d_q, difference over both bounds", d_q.worst, 1));
  inquiry.check(inequality("d_k, difference over the bounds", d_k.worst, 1));
  inquiry.check(inequality("d_v, difference over the bounds", d_v.worst, 1));
}

} // namespace

ASSAY_LAW(Law<AttentionFwd>{.name = "shared-heads",
                            .statement = "heads that share keys and values equal heads with copies of them",
                            .broken_by = {"query head h reads key head h mod G instead of h / (H / G)"},
                            .ask = ask_forward});
ASSAY_LAW(Law<AttentionBwd>{
    .name = "shared-heads",
    .statement = "gradients of shared keys and values are the sums of those of copies",
    .broken_by = {"query head h reads key head h mod G instead of h / (H / G)", "the last head of a group is left out"},
    .ask = ask_backward});

} // namespace assay
