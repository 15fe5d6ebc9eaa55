// Law: a point given twice with half of its weight is that point.
#include "suites/score_wasserstein/sinkhorn_call.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry, const Apply<Sinkhorn>& apply) {
  SinkhornCall once({.n = 12, .m = 7, .dim = 2, .eps = 0.4, .iterations = 3}, inquiry.seed);
  SinkhornCall twice({.n = 12, .m = 8, .dim = 2, .eps = 0.4, .iterations = 3}, inquiry.seed);
  twice.x = once.x, twice.a = once.a;
  twice.y = once.y, twice.y.insert(twice.y.end(), {once.y[4], once.y[5]}); // point 2 again
  twice.b = once.b, twice.b.push_back(once.b[2] / 2);
  twice.b[2] /= 2;
  if (inquiry.broken == 1) twice.b[2] = 0.9 * once.b[2], twice.b[7] = 0.1 * once.b[2], twice.y[14] = once.y[0], twice.y[15] = once.y[1];
  once.run(apply), twice.run(apply);
  const std::vector<Truth> one = once.truth(inquiry.numerics), two = twice.truth(inquiry.numerics);
  Worst worst;
  for (std::size_t i = 0; i < once.f.size(); ++i) worst.see(twice.f[i] - once.f[i], one[0].bound[i] + two[0].bound[i]);
  for (std::size_t k = 0; k < 4; ++k) worst.see(twice.result[k] - once.result[k], one[2].bound[k] + two[2].bound[k]);
  inquiry.check(worst.check("potentials, value, error and bounds"));
}

ASSAY_LAW(Law<Sinkhorn>{.name = "duplicates",
                        .statement = "a point given twice with half of its weight changes nothing",
                        .broken_by = {"a tenth of the weight goes to another point"},
                        .ask = ask});

} // namespace
} // namespace assay
