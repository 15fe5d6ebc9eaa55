// Law: a component in five copies is that component; each with its whole weight, the density is five times as large and the score the same.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  for (const Covariance covariance : score::covariances<full>) {
    GmmScore::Problem p{.points = 24, .dim = 4, .components = 1, .covariance = covariance};
    MixtureCall one(p, inquiry.seed);
    p.components = 5;
    MixtureCall five(p, inquiry.seed);
    five.x = one.x;
    for (std::size_t i = 0; i < five.weight.size(); ++i) five.weight[i] = one.weight[0];
    for (std::size_t i = 0; i < five.mean.size(); ++i) five.mean[i] = one.mean[i % one.mean.size()];
    for (std::size_t i = 0; i < five.factor.size(); ++i) five.factor[i] = one.factor[i % one.factor.size()];
    if (inquiry.broken == 1) five.mean[5] += 1;
    one.run(apply);
    five.run(apply);
    compare(inquiry, five, one, inquiry.broken == 2 ? 0 : std::log(5));
  }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "five copies of a component have its score, and five times its density",
          .broken_by = {"one copy has another mean", "the density is that of one copy"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("copies"));
ASSAY_LAW(law<true>("copies-full"));

} // namespace assay
