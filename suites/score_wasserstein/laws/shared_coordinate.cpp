// Law: in a coordinate that a point shares with the mean of its own component only the others pull. With means 0, b e_1 and -c e_1 and one
// variance v, the weights of the others beside the first are exp(-b^2 / 2v) and exp(-c^2 / 2v) wherever x_1 = 0, and
//   s_1 = (b exp(-b^2 / 2v) - c exp(-c^2 / 2v)) / v / (1 + exp(-b^2 / 2v) + exp(-c^2 / 2v)).
// Weights of 2^-100 and 2^-104 of the sum are all that there is here. The densities of the others are above 2^-126, on its two sides and
// below at points 2, 2.9 and 4.3 from the mean; all points of a call are at one of these, since a kernel may treat neighbours alike.
#include "suites/score_wasserstein/mixture_call.hpp"

namespace assay {
namespace {

using score::Covariance, score::MixtureCall;

template <bool full> void ask(Inquiry& inquiry, const Apply<GmmScore>& apply) {
  constexpr std::size_t points = 33;
  constexpr double v = 0.25;
  for (const Covariance covariance : score::covariances<full>)
    for (const int d : {2, 8, 16})
      for (const double away : {2.0, 2.9, 4.3})
        for (const double b : {2.5, 5.875}) { // 2^-18, which fp16 holds, and 2^-100
          const double c = b + 0.125, each = std::nearbyint(8 * away / std::sqrt(d - 1)) / 8;
          MixtureCall three({.points = points, .dim = d, .components = 3, .covariance = covariance}, inquiry.seed);
          const auto dim = static_cast<std::size_t>(d);
          three.weight.assign(3, 1 / 3.0f);
          three.mean.assign(3 * dim, 0);
          three.mean[dim] = static_cast<float>(b), three.mean[2 * dim] = static_cast<float>(-c);
          for (std::size_t i = 0; i < three.factor.size(); ++i)
            three.factor[i] = covariance == Covariance::cholesky && i % (dim * dim) % (dim + 1) != 0 ? 0 : 0.5f;
          for (std::size_t i = 0; i < points; ++i)
            for (std::size_t e = 0; e < dim; ++e) three.x[i * dim + e] = e == 0 ? 0 : (i + e) % 2 == 0 ? each : -each;
          three.run(apply);
          const double nearer = std::exp(-b * b / (2 * v)), farther = inquiry.broken == 1 ? 0 : std::exp(-c * c / (2 * v));
          const double expected = inquiry.broken == 2 ? 0 : (b * nearer - c * farther) / v / (1 + nearer + farther);
          const std::vector<Truth> truth = three.truth(inquiry.numerics);
          Worst s;
          for (std::size_t i = 0; i < points; ++i) s.see(three.s[i * dim] - expected, truth[0].bound[i * dim]);
          inquiry.check(s.check("score off the pull of the other components over its bound"));
        }
}

template <bool full> Law<GmmScore> law(std::string_view name) {
  return {.name = name,
          .statement = "in a coordinate that a point shares with the mean of its component, the score is the pull of the others",
          .broken_by = {"the farther of the others does not pull", "none of the others pulls"},
          .ask = ask<full>};
}

} // namespace

ASSAY_LAW(law<false>("shared-coordinate"));
ASSAY_LAW(law<true>("shared-coordinate-full"));

} // namespace assay
