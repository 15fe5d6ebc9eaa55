// Law: on a line, seen along +-1, every sliced distance is the one-dimensional one. Coordinates are whole and clouds of 64 and 32 points,
// so that both are the same number to the last bit.
#include <vector>

#include "reference/random.hpp"
#include "reference/transport/sliced_wasserstein.hpp"
#include "reference/transport/wasserstein_1d.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<SlicedWasserstein>& apply) {
  for (const double p : {1.0, 2.0}) {
    const SlicedWasserstein::Problem problem{.n = 64, .m = 32, .dim = 1, .directions = 4, .p = p};
    std::vector<double> x(64), y(32), theta{1, -1, -1, 1}, distance(4), result(3);
    fill_integers(key_of(inquiry.seed, "sliced-line"), 0, -9, 9, x);
    fill_integers(key_of(inquiry.seed, "sliced-line"), 1, -5, 12, y);
    const transport::LineCost cost = transport::line_cost({x, {}}, {y, {}}, p);
    const double line = transport::root(cost.value, p);
    if (inquiry.broken == 1) x[3] += 1;
    if (inquiry.broken == 2) theta[2] = 2;
    SlicedWasserstein::Args<> args{x.data(), y.data(), theta.data(), distance.data(), result.data()};
    apply(problem, args);
    for (const double one : distance) inquiry.check(identity("distance along +-1", one, line, 0));
    inquiry.check(identity("sliced distance", result[0], line, 0));
    inquiry.check(identity("largest distance", result[1], line, 0));
    inquiry.check(identity("standard error", result[2], 0, 0));
  }
}

ASSAY_LAW(Law<SlicedWasserstein>{.name = "sliced-line",
                                 .statement = "in one dimension the sliced distances are the distance on the line",
                                 .broken_by = {"one point is moved", "one direction of length 2"},
                                 .ask = ask});

} // namespace
} // namespace assay
