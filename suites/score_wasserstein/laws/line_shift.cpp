// Law: a cloud and the same cloud moved by c are |c| apart, to the last bit where the coordinates' sums are exact.
#include <algorithm>

#include "suites/score_wasserstein/line_call.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<Wasserstein1D>& apply) {
  transport::LineCall call({.n = 2100, .m = 2100, .p = 1}, inquiry.seed);
  for (const double c : {0.0, 0.375, -20.0}) {
    call.y = call.x;
    std::rotate(call.y.begin(), call.y.begin() + 700, call.y.end());
    for (double& y : call.y) y += c;
    if (inquiry.broken == 1) call.y[5] += 0x1p-12;
    inquiry.check(identity("distance of a cloud that is moved", call.run(apply), inquiry.broken == 2 ? c : std::fabs(c), 0));
  }
}

ASSAY_LAW(Law<Wasserstein1D>{.name = "line-shift",
                             .statement = "a cloud that is moved by c is |c| away from itself",
                             .broken_by = {"one point is moved by 2^-12 more", "the sign of c"},
                             .ask = ask});

} // namespace
} // namespace assay
