// Law: what is moved together does not change. By a whole number, after rounding coordinates so that their sums are exact.
#include "suites/score_wasserstein/sinkhorn_call.hpp"

namespace assay {
namespace {

using namespace transport;

void ask(Inquiry& inquiry, const Apply<Sinkhorn>& apply) {
  SinkhornCall still({.n = 33, .m = 20, .dim = 3, .eps = 0.5, .iterations = 4}, inquiry.seed);
  for (std::vector<double>* each : {&still.x, &still.y})
    for (double& z : *each) z = std::nearbyint(z * 0x1p12) * 0x1p-12;
  SinkhornCall moved = still;
  for (double& z : moved.x) z += 256;
  if (inquiry.broken == 0)
    for (double& z : moved.y) z += 256;
  else
    for (double& z : moved.y) z += 256.0625;
  still.run(apply), moved.run(apply);
  const std::vector<Truth> bounds = still.truth(inquiry.numerics);
  Worst worst;
  for (std::size_t i = 0; i < still.f.size(); ++i) worst.see(moved.f[i] - still.f[i], 2 * bounds[0].bound[i]);
  for (std::size_t j = 0; j < still.g.size(); ++j) worst.see(moved.g[j] - still.g[j], 2 * bounds[1].bound[j]);
  inquiry.check(worst.check("potentials of clouds moved together"));
}

ASSAY_LAW(Law<Sinkhorn>{.name = "sinkhorn-translation",
                        .statement = "clouds that are moved together keep their potentials",
                        .broken_by = {"one is moved by 1/16 more"},
                        .ask = ask});

} // namespace
} // namespace assay
