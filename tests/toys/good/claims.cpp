// Claims that are true and have controls that fail: one exact with a figure's rows, one sampled.
#include <cmath>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

ASSAY_CLAIM({.id = "claim/toys/odd-numbers",
             .statement = "The first n odd numbers add up to n^2.",
             .source = "Nicomachus, Introduction to Arithmetic",
             .kind = Kind::exact,
             .broken_by = {"the first number is left out", "even numbers"},
             .ask = [](Inquiry& inquiry) {
               for (const int n : {1, 10, 100}) {
                 double sum = 0;
                 for (int k = inquiry.broken == 1 ? 2 : 1; k <= n; ++k) sum += 2 * k - (inquiry.broken == 2 ? 0 : 1);
                 inquiry.check(identity("n=" + std::to_string(n), sum, static_cast<double>(n) * n, 0));
                 inquiry.row("odd-numbers", {{"n", n}, {"sum", sum}});
               }
             }});

ASSAY_CLAIM({.id = "claim/toys/mean-of-normals",
             .statement = "Standard normal numbers have mean zero.",
             .source = "definition",
             .kind = Kind::sampled,
             .broken_by = {"the mean is 0.2"},
             .ask = [](Inquiry& inquiry) {
               constexpr int n = 4000; // a mean of 0.2 is 12.6 standard errors; the threshold is 4.9
               std::vector<double> z(n);
               fill_normal(key_of(inquiry.seed, "claim/toys/mean-of-normals"), 0, z);
               double sum = 0;
               for (const double one : z) sum += one + (inquiry.broken == 1 ? 0.2 : 0);
               inquiry.check(sampled("mean", sum / std::sqrt(n), 1e-6));
             }});

} // namespace
} // namespace assay
