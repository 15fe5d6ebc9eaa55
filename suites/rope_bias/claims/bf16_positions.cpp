// What a cast of the positions loses before any rotation is computed.
#include <set>

#include "reference/storage.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, fp32_instead, fp16_everywhere };

void ask(Inquiry& inquiry) {
  const auto narrow = [&](double x) -> double {
    if (inquiry.broken == fp32_instead) return static_cast<float>(x);
    return inquiry.broken == fp16_everywhere ? widen(to_fp16(x)) : widen(to_bf16(x));
  };
  const auto wide = [&](double x) -> double { return inquiry.broken == fp16_everywhere ? widen(to_fp16(x)) : static_cast<float>(x); };
  std::set<double> narrowed, widened;
  int first_loss = 0;
  for (int position = 0; position < 8192; ++position) {
    narrowed.insert(narrow(position));
    widened.insert(wide(position));
    if (first_loss == 0 && narrow(position) != position) first_loss = position;
  }
  inquiry.check(golden("positions 0 ... 8191 that bf16 tells apart", static_cast<double>(narrowed.size()), "897"));
  inquiry.check(golden("first position that bf16 moves", first_loss, "257"));
  inquiry.check(identity("positions 0 ... 8191 that fp32 tells apart", static_cast<double>(widened.size()), 8192, 0));
}

ASSAY_CLAIM({.id = "claim/rope_bias/bf16-positions",
             .statement = "In bf16 the positions 0 ... 8191 collapse to 897 values, the first loss being at 257; fp32 keeps all",
             .source = "eight bits of significand: 256 + 128 for each of five binades above, and the end",
             .kind = Kind::exact,
             .broken_by = {"fp32 in place of bf16", "fp16 in place of both"},
             .ask = ask});

} // namespace
} // namespace assay
