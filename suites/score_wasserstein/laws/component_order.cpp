// Law: the order of components does not matter; 20 of them, so that the largest exponent moves at other places.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <class T> void reverse_rows(std::vector<T>& rows, int count) {
  const auto width = static_cast<std::ptrdiff_t>(rows.size()) / count;
  for (std::ptrdiff_t k = 0; k < count / 2; ++k)
    std::swap_ranges(rows.begin() + k * width, rows.begin() + (k + 1) * width, rows.end() - (k + 1) * width);
}

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  for (const Covariance covariance : score::covariances<full>) {
    const GmmScore::Problem p{.points = 24, .dim = 3, .components = 20, .covariance = covariance};
    MixtureCall one(p, inquiry.seed), other = one;
    if (inquiry.broken != 1) reverse_rows(other.weight, p.components);
    reverse_rows(other.mean, p.components);
    if (inquiry.broken != 2) reverse_rows(other.factor, p.components);
    one.run(apply);
    other.run(apply);
    compare(inquiry, one, other);
  }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "the order of components does not matter",
          .broken_by = {"weights keep their places", "covariances keep their places"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("component-order"));
ASSAY_LAW(law<true>("component-order-full"));

} // namespace assay
