// Law: moving points and means together changes nothing. Sums are exact in every storage type: whole eighths up to 4, moved by 8. An
// expansion of |x - mu|^2 into squares and a product would lose it, the more the farther away.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  for (const Covariance covariance : score::covariances<full>) {
    MixtureCall here({.points = 40, .dim = 3, .components = 5, .covariance = covariance}, inquiry.seed), there = here;
    for (double& x : there.x) x += 8;
    for (float& mean : there.mean) mean += 8;
    if (inquiry.broken == 1) there.mean[3] -= 8;
    here.run(apply);
    there.run(apply);
    compare(inquiry, here, there);
  }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "points and means that move together leave score, density and divergence as they are",
          .broken_by = {"one coordinate of one mean stays behind"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("translation"));
ASSAY_LAW(law<true>("translation-full"));

} // namespace assay
