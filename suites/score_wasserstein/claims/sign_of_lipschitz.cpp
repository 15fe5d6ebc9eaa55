// Backward in time the drift must be bounded from below: f = -K x, a score off by a constant.
#include <cmath>
#include <string>

#include "reference/score/bound_integral.hpp"
#include "reference/score/one_sided.hpp"
#include "reference/score/rk4.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, bound_from_above, forward };

void ask(Inquiry& inquiry) {
  for (const double k : {0.5, 2.0, -1.0}) {
    // dx = -K x + 1, dy = -K y from one point: distance after unit time.
    const score::Field both = [&](double, std::span<const double> y, std::span<double> slope) {
      slope[0] = -k * y[0] + 1;
      slope[1] = -k * y[1];
    };
    const double from = inquiry.broken == forward ? 0 : 1;
    const score::Flow flow = score::rk4_doubled(both, {1, 1}, from, 1 - from, 512);
    const double distance = std::fabs(flow.value[0] - flow.value[1]), error = flow.error[0] + flow.error[1];
    // H1 bounds (f(x) - f(y)).(x - y) >= -L_f |x - y|^2, which is an upper bound for -f; the article has (f(x) - f(y)).(x - y) <= L |x -
    // y|^2.
    const auto bound_with = [&](double drift) {
      const double constant = score::of_linear({drift}, 1).bound();
      return score::bound_integral([](double) { return 1.0; }, [=](double) { return constant; }, {0, 0.25, 0.5, 0.75, 1}, {0, 0});
    };
    const math::Estimate bound = bound_with(inquiry.broken == bound_from_above ? -k : k);
    const std::string at = ", K = " + std::to_string(k).substr(0, 4);
    inquiry.check(identity("distance = bound" + at, distance, bound.value, error + bound.error));
    if (k != 2) continue;
    const math::Estimate article = bound_with(inquiry.broken == bound_from_above ? k : -k);
    inquiry.check(golden("distance" + at, distance, "3.195", error));
    inquiry.check(golden("right side with the article's sign" + at, article.value, "0.432", article.error));
    inquiry.check(
        inequality("the distance is above the right side with the article's sign" + at, article.value + article.error, distance - error));
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/sign-of-lipschitz",
             .statement = "Run backward, the drift enters with its lower one-sided bound; with the upper one the inequality is false",
             .source = "corrects the hypothesis of Su, kexue.fm 9467",
             .kind = Kind::exact,
             .broken_by = {"the upper one-sided bound of the drift", "forward in place of backward"},
             .ask = ask});

} // namespace
} // namespace assay
