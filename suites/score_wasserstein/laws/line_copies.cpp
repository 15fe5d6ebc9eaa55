// Law: a point of whole weight k is k points. Asked of variants that take weights; weights are whole, so both sides are the same number.
#include "suites/score_wasserstein/line_call.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<Wasserstein1D>& apply) {
  for (const double p : {1.0, 2.0}) {
    transport::LineCall weighted({.n = 37, .m = 23, .p = p, .weights = true}, inquiry.seed), copies = weighted;
    copies.x.clear(), copies.y.clear();
    const auto expand = [](std::vector<double>& weight, const std::vector<double>& from, std::vector<double>& to) {
      for (std::size_t i = 0; i < from.size(); ++i) {
        weight[i] = static_cast<double>(i % 4);
        to.insert(to.end(), i % 4, from[i]);
      }
    };
    expand(weighted.a, weighted.x, copies.x);
    expand(weighted.b, weighted.y, copies.y);
    copies.a.assign(copies.x.size(), 1), copies.b.assign(copies.y.size(), 1);
    if (inquiry.broken == 1) weighted.a[3] = 4;
    copies.problem.n = static_cast<int>(copies.x.size()), copies.problem.m = static_cast<int>(copies.y.size());
    const double one = weighted.run(apply), many = copies.run(apply), u = numerics::u64;
    // Positions are whole; powers of dyadic numbers and their sums are rounded, by no more than line_cost says without its weights.
    const double slack = 2 * (8 * std::sqrt(static_cast<double>(copies.x.size() + copies.y.size())) + 8) * u * many;
    inquiry.check(identity("points of weight k and k points", one, many, slack));
  }
}

ASSAY_LAW(Law<Wasserstein1D>{
    .name = "line-copies", .statement = "a point of weight k is k points", .broken_by = {"one weight is one more"}, .ask = ask});

} // namespace
} // namespace assay
