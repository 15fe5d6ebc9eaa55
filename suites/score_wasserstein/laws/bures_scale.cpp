// Law: Gaussians N(m, v I) and N(m', w I) are |m - m'|^2 + d (v^{1/2} - w^{1/2})^2 apart, and a change of orthogonal coordinates moves
// nothing.
#include <cmath>
#include <vector>

#include "reference/transport/bures.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

void ask(Inquiry& inquiry, const Apply<Bures>& apply) {
  constexpr int d = 6;
  const Bures::Problem problem{.batch = 2, .dim = d};
  std::vector<double> m1(2 * d, 0.25), m2(2 * d, -0.5), a(2 * d * d, 0.0), b(2 * d * d, 0.0), value(2);
  const double first = 4, second = 0.25;
  for (std::size_t i = 0; i < d; ++i) {
    a[i * d + i] = first, b[i * d + i] = second;
    // The second pair has diagonals 4, 1, 1, 1, 1, 1 and 1/4, 4, 4, 4, 4, 4, mirrored at the plane orthogonal to (1, ..., 1): I - J / 3.
    for (std::size_t j = 0; j < d; ++j) {
      const auto mirrored = [&](double odd, double rest) { // rest I + (odd - rest) h h^T with h = e_1 - (1, ..., 1) / 3
        const double hi = (i == 0 ? 1 : 0) - 1.0 / 3, hj = (j == 0 ? 1 : 0) - 1.0 / 3;
        return (i == j ? rest : 0) + (odd - rest) * hi * hj;
      };
      a[d * d + i * d + j] = static_cast<float>(mirrored(4, 1));
      b[d * d + i * d + j] = static_cast<float>(mirrored(0.25, 4));
    }
  }
  if (inquiry.broken == 1) a[0] = 1;
  Bures::Args<> args{m1.data(), a.data(), m2.data(), b.data(), value.data()};
  const std::vector<Truth> truth = Bures::truth(problem, args, inquiry.numerics, {});
  apply(problem, args);
  const double means = d * 0.75 * 0.75, factor = inquiry.broken == 2 ? std::sqrt(d) : d;
  inquiry.check(identity("scaled identities", value[0], means + factor * 1.5 * 1.5, truth[0].bound[0]));
  // Entries are rounded to 2^-24: roots of matrices with eigenvalues above 1/4 move by at most d 2^-24 |A| / (2 (1/4)^{1/2}).
  const double moved = 2 * d * 0x1p-24 * 4, expected = means + 1.5 * 1.5 + (factor - 1) * 1.0;
  inquiry.check(identity("matrices that commute", value[1], expected, truth[0].bound[1] + 2 * std::sqrt(expected) * moved + moved * moved));
}

ASSAY_LAW(Law<Bures>{.name = "bures-scale",
                     .statement = "covariances that commute are as far apart as their roots",
                     .broken_by = {"one variance is another", "a factor d^{1/2} for d"},
                     .ask = ask});

} // namespace
} // namespace assay
