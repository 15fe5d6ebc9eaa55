// Sliced distances are below the distance by more than |theta.v| <= |v| says: squares by the dimension, first distances by E|theta_1|.
//
// Directions come in orthonormal frames, so that the mean of (theta.v)^2 over them is |v|^2 / d for every v: the inequality of squares, and
// its equality for translations and isotropic Gaussians, then hold without a sampling error. E|theta.v| = c_d |v| has one, told by the
// spread over frames, which are independent.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "reference/transport/sliced_wasserstein.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/clouds.hpp"

namespace assay {
namespace {

using namespace transport;
enum Broken { none, dimension_off_by_one, factor_of_next_dimension, largest_by_dimension };
constexpr int n = 200, directions = 240;
constexpr double alpha = 1e-7; // six sampled checks: 1e-6

struct Slices {
  double mean, error; // of W_p^p, error over frames
  double largest, rounding;
};

Slices slices(const Cloud& x, const Cloud& y, const std::vector<double>& theta, double p) {
  const SlicedWasserstein::Problem problem{.n = n, .m = n, .dim = x.d, .directions = directions, .p = p};
  const SlicedWasserstein::Args<> args{x.at.data(), y.at.data(), theta.data(), nullptr, nullptr};
  const std::vector<Truth> truth = SlicedWasserstein::truth(problem, args, numerics::f64, {});
  const auto count = static_cast<std::size_t>(directions / x.d), d = static_cast<std::size_t>(x.d);
  std::vector<double> frame(count);
  double sum = 0, squares = 0;
  for (std::size_t k = 0; k < count * d; ++k) frame[k / d] += std::pow(truth[0].value[k], p) / x.d;
  for (const double one : frame) sum += one;
  const double mean = sum / static_cast<double>(count);
  for (const double one : frame) squares += (one - mean) * (one - mean);
  return {mean, std::sqrt(squares / static_cast<double>(count * (count - 1))), truth[1].value[1], truth[1].bound[1]};
}

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.sliced-le");
  for (const int d : {2, 3, 8}) {
    const std::vector<double> theta = frames(directions / d, d, key, 2);
    const int of = inquiry.broken == factor_of_next_dimension ? d + 1 : d;
    const double c = std::tgamma(of / 2.0) / (std::sqrt(std::numbers::pi) * std::tgamma((of + 1) / 2.0)),
                 by = inquiry.broken == dimension_off_by_one ? d + 1 : d;
    const double rounding = (8 * n + 8 * d * d) * numerics::u64;
    const Cloud x(n, d, key, 0, 1, 0), y(n, d, key, 1, 1.5, 0.5);
    Cloud moved = x;
    for (std::size_t i = 0; i < moved.at.size(); ++i) moved.at[i] += 0.25 * (1 + static_cast<double>(i % static_cast<std::size_t>(d)));
    for (const bool translation : {false, true}) {
      const Cloud& other = translation ? moved : y;
      const double first = exact_distance(x, other, 1), second = exact_distance(x, other, 2), square = second * second;
      const Slices one = slices(x, other, theta, 1), two = slices(x, other, theta, 2);
      if (translation) {
        inquiry.check(identity("SW_2^2 = W_2^2 / d for translations", two.mean, square / by, rounding * square));
        inquiry.check(sampled("SW_1 = c_d W_1 for translations", (one.mean - c * first) / one.error, alpha));
      }
      inquiry.check(inequality("SW_2^2 <= W_2^2 / d", two.mean, square / by, rounding * square));
      inquiry.check(Check{"SW_1 <= c_d W_1", (one.mean - c * first) / one.error, 0, normal_threshold(2 * alpha), alpha});
      const double limit = inquiry.broken == largest_by_dimension ? second / std::sqrt(d) : second;
      inquiry.check(inequality("max-sliced W_2 <= W_2", two.largest, limit, two.rounding + rounding * second));
      inquiry.row("sliced", {{"d", d},
                             {"translation", translation},
                             {"squares", two.mean * d / square},
                             {"first", one.mean / (c * first)},
                             {"largest", two.largest / second}});
    }
    // N(0, I) and N(m, s^2 I): along theta they are N(0, 1) and N(theta.m, s^2).
    double mean = 0, square = 0;
    const double s = 1.75;
    for (int k = 0; k < d; ++k) square += std::pow(0.3 * (k + 1), 2);
    for (std::size_t k = 0; k < theta.size(); k += static_cast<std::size_t>(d)) {
      double along = 0;
      for (int e = 0; e < d; ++e) along += theta[k + static_cast<std::size_t>(e)] * 0.3 * (e + 1);
      mean += (along * along + (s - 1) * (s - 1)) * d / static_cast<double>(theta.size());
    }
    square += d * (s - 1) * (s - 1);
    inquiry.check(identity("SW_2^2 = W_2^2 / d for isotropic Gaussians", mean, square / by, rounding * square));
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/sliced-le",
             .statement = "SW_2^2 <= W_2^2 / d and SW_1 <= c_d W_1, c_d = Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2)), with equality for "
                          "translations; max-sliced W_2 <= W_2.",
             .source = "E (theta.v)^2 = |v|^2 / d and E |theta.v| = c_d |v| on the sphere; Bonnotte 2013",
             .kind = Kind::bound,
             .broken_by = {"d + 1 for d", "c of the next dimension", "max-sliced by the root of d as well"},
             .ask = ask});

} // namespace
} // namespace assay
