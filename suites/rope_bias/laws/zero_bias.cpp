// Law: biases of zero change no bit, so that a model without them loses nothing by the fused op.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    Call zero({.tokens = 7, .heads = 2, .kv_heads = 1, .dim = 40, .rotary = 24, .pairing = pairing, .start = 333}, storage, inquiry.seed);
    Call plain = zero;
    plain.problem.bias = false;
    std::fill(zero.q_bias.begin(), zero.q_bias.end(), 0.0f);
    std::fill(zero.k_bias.begin(), zero.k_bias.end(), 0.0f);
    if (inquiry.broken == 1) zero.q_bias[5] = zero.k_bias[30] = 1;
    zero.run(apply), plain.run(apply);
    inquiry.check(bitwise(std::string(name_of(pairing)) + ": biases of zero and none",
                          differing(zero.q_out, plain.q_out) + differing(zero.k_out, plain.k_out)));
  }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "zero-bias",
                       .statement = "biases of zero change no bit",
                       .broken_by = {"one bias of a query and one of a key are 1"},
                       .ask = ask});

} // namespace assay
