// Law: lower and upper enclose the exact cost after any number of sweeps, for equal weights that of the best assignment.
#include "reference/transport/augmenting_paths.hpp"
#include "suites/score_wasserstein/sinkhorn_call.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry, const Apply<Sinkhorn>& apply) {
  for (const int iterations : {1, 20}) {
    SinkhornCall call({.n = 32, .m = 32, .dim = 2, .eps = 0.1, .iterations = iterations}, inquiry.seed);
    call.a.assign(32, 1.0 / 32), call.b = call.a;
    call.run(apply);
    const Clouds clouds{32, 32, 2, call.x.data(), call.a.data(), call.y.data(), call.b.data()};
    const double exact = shortest_augmenting_paths(32, [&](int i, int j) { return clouds.cost(i, j); }).value / 32;
    const std::vector<double> bound = call.truth(inquiry.numerics)[2].bound;
    const double lower = inquiry.broken == 1 ? 2 * call.result[2] : call.result[2],
                 upper = inquiry.broken == 2 ? call.result[3] / 2 : call.result[3];
    inquiry.check(inequality("the lower bound is one", lower, exact, bound[2]));
    inquiry.check(inequality("the upper bound is one", exact, upper, bound[3]));
  }
}

ASSAY_LAW(Law<Sinkhorn>{.name = "encloses",
                        .statement = "lower and upper enclose the cost of the best assignment after any number of sweeps",
                        .broken_by = {"the lower bound is doubled", "the upper bound is halved"},
                        .ask = ask});

} // namespace
} // namespace assay
