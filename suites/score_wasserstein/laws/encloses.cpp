// Law: lower and upper enclose the exact cost after any number of sweeps, for equal weights that of the best assignment. Clouds lie apart
// and eps is large, so that what the controls leave out is far more than fp32 may lose.
#include "reference/transport/augmenting_paths.hpp"
#include "suites/score_wasserstein/sinkhorn_call.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry, const Apply<Sinkhorn>& apply) {
  for (const int iterations : {1, 3}) {
    SinkhornCall call({.n = 32, .m = 32, .dim = 2, .eps = 8, .iterations = iterations}, inquiry.seed);
    call.a.assign(32, 1.0 / 32), call.b = call.a;
    for (std::size_t k = 0; k < call.y.size(); k += 2) call.y[k] = static_cast<float>(call.y[k] + 8);
    call.run(apply);
    const Clouds clouds{32, 32, 2, call.x.data(), call.a.data(), call.y.data(), call.b.data()};
    const double exact = shortest_augmenting_paths(32, [&](int i, int j) { return clouds.cost(i, j); }).value / 32;
    const std::vector<double> bound = call.truth(inquiry.numerics)[2].bound;
    const double lower = call.result[inquiry.broken == 1 ? 0 : 2], upper = (inquiry.broken == 2 ? 0.75 : 1) * call.result[3];
    inquiry.check(inequality("the lower bound is one", lower - exact, 0, bound[2]));
    inquiry.check(inequality("the upper bound is one", exact - upper, 0, bound[3]));
  }
}

ASSAY_LAW(Law<Sinkhorn>{.name = "encloses",
                        .statement = "lower and upper enclose the cost of the best assignment after any number of sweeps",
                        .broken_by = {"the c-transform is left out: <a, f> + <b, g>", "a quarter of the plan is left out"},
                        .ask = ask});

} // namespace
} // namespace assay
