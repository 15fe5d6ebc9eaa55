// Law: names of rows and columns do not matter. Rows in another order have their columns in that order; rows for columns give the inverse.
#include <vector>

#include "reference/transport/assignment.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, order_kept, not_inverted };

struct Call {
  Assignment::Problem problem{.n = 53, .dim = 2};
  std::vector<double> x, y, u, v;
  std::vector<std::int32_t> match;
  double value = 0;
  Call() : x(106), y(106), u(53), v(53), match(53) {}
  Assignment::Args<> args() { return {x.data(), y.data(), nullptr, match.data(), u.data(), v.data(), &value}; }
  void run(const Apply<Assignment>& apply) {
    Assignment::Args<> a = args();
    apply(problem, a);
  }
};

void ask(Inquiry& inquiry, const Apply<Assignment>& apply) {
  Call plain;
  Assignment::Args<> a = plain.args();
  Assignment::fill(plain.problem, a, Fill::normal, {inquiry.seed});
  Call reordered = plain, exchanged = plain;
  const auto n = static_cast<std::size_t>(plain.problem.n);
  const auto to = [n](std::size_t i) { return i * 20 % n; }; // 53 is prime
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < 2; ++k) reordered.x[2 * to(i) + k] = plain.x[2 * i + k];
  std::swap(exchanged.x, exchanged.y);
  plain.run(apply), reordered.run(apply), exchanged.run(apply);
  std::int64_t moved = 0, turned = 0;
  for (std::size_t i = 0; i < n; ++i) {
    moved += plain.match[i] != reordered.match[inquiry.broken == order_kept ? i : to(i)];
    const auto j = static_cast<std::size_t>(plain.match[i]);
    turned += inquiry.broken == not_inverted ? exchanged.match[i] != plain.match[i] : exchanged.match[j] != static_cast<std::int32_t>(i);
  }
  // Points in general position: one optimum, and no other permutation within rounding of it.
  inquiry.check(bitwise("columns of rows in another order", moved));
  inquiry.check(bitwise("rows of columns, the clouds exchanged", turned));
}

ASSAY_LAW(Law<Assignment>{.name = "relabelling",
                          .statement = "rows in another order keep their columns, and exchanged clouds have the inverse permutation",
                          .broken_by = {"columns stay in the old order", "the permutation is not inverted"},
                          .ask = ask});

} // namespace
} // namespace assay
