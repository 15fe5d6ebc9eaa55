// The first distance is below the second, by Jensen, and both are the step where a cloud is only moved.
#include <string>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/clouds.hpp"

namespace assay {
namespace {

using transport::Cloud, transport::exact_distance;
enum Broken { none, no_root, step_in_the_sum };
constexpr int n = 200;

void ask(Inquiry& inquiry) {
  const std::uint64_t key = key_of(inquiry.seed, "score_wasserstein.w1-le-w2");
  constexpr double rounding = 8 * n * numerics::u64;
  for (const int d : {2, 3, 8}) {
    const Cloud x(n, d, key, 0, 0.125, 0), y(n, d, key, 1, 0.25, 0.0625);
    const double first = exact_distance(x, y, 1), second = exact_distance(x, y, 2);
    inquiry.check(inequality("W_1 <= W_2", first, inquiry.broken == no_root ? second * second : second, rounding * second));
    Cloud moved = x;
    for (double& one : moved.at) one += 0.5;
    const double step = inquiry.broken == step_in_the_sum ? 0.5 * d : 0.5 * std::sqrt(d);
    // Coordinates below 1 are rounded when they are moved: by 2^-53 each.
    const double slack = rounding * step + std::sqrt(d) * numerics::u64;
    inquiry.check(identity("W_1 of a cloud that is moved", exact_distance(x, moved, 1), step, slack));
    inquiry.check(identity("W_2 of a cloud that is moved", exact_distance(x, moved, 2), step, slack));
    inquiry.row("first_and_second", {{"d", d}, {"w1", first}, {"w2", second}, {"ratio", first / second}});
  }
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/w1-le-w2",
             .statement = "W_1 <= W_2, and both are the length of the step where one cloud is the other, moved.",
             .source = "Villani, Optimal Transport: Old and New, remark 6.6",
             .kind = Kind::bound,
             .broken_by = {"W_2 without its root", "the step's length is the sum of its coordinates"},
             .ask = ask});

} // namespace
} // namespace assay
