// Law: at position 0 nothing turns, y = x + bias to the last bit.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    Call call({.batch = 3, .tokens = 1, .heads = 2, .kv_heads = 1, .dim = 40, .rotary = 32, .pairing = pairing}, storage, inquiry.seed);
    call.problem.start = inquiry.broken;
    call.run(apply);
    const auto wanted = [&](const std::vector<double>& x, const std::vector<float>& bias) {
      std::vector<double> y(x.size());
      for (std::size_t i = 0; i < x.size(); ++i)
        y[i] = rounded(static_cast<double>(static_cast<float>(x[i]) + bias[i % bias.size()]), storage);
      return y;
    };
    inquiry.check(bitwise(std::string(name_of(pairing)) + ": rows at position 0",
                          differing(call.q_out, wanted(call.q, call.q_bias)) + differing(call.k_out, wanted(call.k, call.k_bias))));
  }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "position-zero",
                       .statement = "at position 0 a row is itself plus its bias, to the last bit",
                       .broken_by = {"position 1"},
                       .ask = ask});

} // namespace assay
