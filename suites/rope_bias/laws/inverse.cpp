// Law: the gradient of a rotation is the rotation back, so backwards after forwards gives what was there, R^T R = 1.
// Forwards is done in double and rounded to storage; what that rounding did to a row is added to the bound of the way back.
#include "reference/rope/rope_bwd.hpp"
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

Type storage_of(const Apply<RopeBwd>& apply) {
  return rope::storage_of([&](const Problem& p, RopeFwd::Args<>& a) {
    RopeBwd::Args<> back{a.q, a.k, a.position, a.q_out, a.k_out, nullptr, nullptr};
    apply(p, back);
  });
}

void ask(Inquiry& inquiry, const Apply<RopeBwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    const Problem p{.tokens = 6, .heads = 1, .kv_heads = 1, .dim = 48, .rotary = 32, .pairing = pairing, .bias = false, .start = 77};
    Call forth(p, storage, inquiry.seed);
    const auto dim = static_cast<std::size_t>(p.dim);
    std::vector<double> q_turned(forth.q.size()), k_turned(forth.k.size()), slip(forth.q.size() + forth.k.size());
    for (std::size_t t = 0; t < static_cast<std::size_t>(p.tokens); ++t)
      for (const bool keys : {false, true}) {
        const std::int64_t m = p.start + static_cast<std::int64_t>(t);
        const double* const x = (keys ? forth.k : forth.q).data() + t * dim;
        double* const y = (keys ? k_turned : q_turned).data() + t * dim;
        if (inquiry.broken == 1)
          rotate_back(p, keys ? Side::key : Side::query, m, x, y);
        else
          rotate(p, keys ? Side::key : Side::query, m, x, nullptr, y);
        std::vector<double> lost(dim);
        for (std::size_t e = 0; e < dim; ++e) lost[e] = std::fabs(y[e] - rounded(y[e], storage)) + 4 * numerics::u64 * std::fabs(y[e]);
        for (std::size_t e = 0; e < dim; ++e) y[e] = rounded(y[e], storage);
        double* const to = slip.data() + (keys ? forth.q.size() : 0) + t * dim;
        for (int i = 0; i < p.rotary / 2; ++i) {
          const auto [first, second] = pair_at(pairing, p.rotary, i);
          const auto j = static_cast<std::size_t>(first), k = static_cast<std::size_t>(second);
          to[j] = to[k] = lost[j] + lost[k];
        }
        for (auto e = static_cast<std::size_t>(p.rotary); e < dim; ++e) to[e] = lost[e];
      }
    std::vector<double> q(forth.q.size()), k(forth.k.size());
    RopeBwd::Args<> args{q_turned.data(), k_turned.data(), nullptr, q.data(), k.data(), nullptr, nullptr};
    apply(p, args);
    const std::vector<Truth> truth = RopeBwd::truth(p, args, numerics_of(storage), {});
    Worst worst;
    for (std::size_t i = 0; i < q.size(); ++i) worst.see(q[i] - forth.q[i], truth[0].bound[i] + slip[i]);
    for (std::size_t i = 0; i < k.size(); ++i) worst.see(k[i] - forth.k[i], truth[1].bound[i] + slip[q.size() + i]);
    inquiry.check(worst.check(std::string(name_of(pairing)) + ": forwards and back"));
  }
}

} // namespace

ASSAY_LAW(Law<RopeBwd>{
    .name = "inverse", .statement = "backwards undoes forwards without biases", .broken_by = {"forwards turns the other way"}, .ask = ask});

} // namespace assay
