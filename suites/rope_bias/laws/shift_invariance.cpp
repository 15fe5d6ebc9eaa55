// Law: the score of a turned query and a turned key depends on their distance alone. With angles reduced in double that holds far out,
// within
//   sum over elements |q'| dk' + |k'| dq' + dq' dk',   dq', dk' the bounds of rope.hpp,
// at either place. It fails for queries and keys whose pairs differ, and for positions rounded to bf16, which collapse beyond 256.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

std::vector<Score> scores(Call queries, Call keys, Type storage, const Apply<RopeFwd>& apply) {
  queries.run(apply), keys.run(apply);
  const std::vector<double> q_bound = queries.truth(storage)[0].bound, k_bound = keys.truth(storage)[1].bound;
  const auto tokens = static_cast<std::size_t>(queries.problem.tokens), dim = static_cast<std::size_t>(queries.problem.dim);
  std::vector<Score> all;
  for (std::size_t i = 0; i < tokens; ++i)
    for (std::size_t j = 0; j < tokens; ++j)
      all.push_back(score_of(&queries.q_out[i * dim], &q_bound[i * dim], &keys.k_out[j * dim], &k_bound[j * dim], queries.problem.dim));
  return all;
}

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    Call call({.tokens = 6, .heads = 1, .kv_heads = 1, .pairing = pairing, .positions = Positions::scattered}, storage, inquiry.seed);
    const auto at = [&](std::int64_t shift) {
      for (std::size_t t = 0; t < call.position.size(); ++t) {
        const std::int64_t exact = shift + static_cast<std::int64_t>(10 * t);
        call.position[t] = inquiry.broken == 2 ? static_cast<std::int64_t>(widen(to_bf16(static_cast<double>(exact)))) : exact;
      }
      Call keys = call;
      if (inquiry.broken == 1) keys.problem.pairing = pairing == Pairing::interleaved ? Pairing::half_split : Pairing::interleaved;
      return scores(call, keys, storage, apply);
    };
    const std::vector<Score> here = at(0);
    for (const std::int64_t shift : {4096, 131072, 1000000}) {
      const std::vector<Score> there = at(shift);
      Worst worst;
      for (std::size_t i = 0; i < here.size(); ++i) worst.see(there[i].value - here[i].value, there[i].slack + here[i].slack);
      inquiry.check(worst.check(std::string(name_of(pairing)) + ": scores moved by " + std::to_string(shift)));
    }
  }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "shift-invariance",
                       .statement = "the score of a turned query and key depends on the distance of their positions alone",
                       .broken_by = {"queries and keys have different pairs", "positions rounded to bf16"},
                       .ask = ask});

} // namespace assay
