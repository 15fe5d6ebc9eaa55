#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/attention/score_gradient.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, unnormalised };

void ask(Inquiry& inquiry) {
  constexpr std::size_t n = 48, e = 16;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.row-sum-zero");
  std::vector<double> score(n * n), v(n * e), d_o(n * e);
  fill_normal(key, 1, v);
  fill_normal(key, 2, d_o);
  for (const int window : {1, 2, 11, 48})
    for (const double scale : {1.0, 30.0}) {
      fill_normal(key, 0, score);
      for (double& s : score) s *= scale;
      const attention::Softmaxed x = attention::softmax(score, v, n, e, window);
      std::vector<double> o = x.o;
      if (inquiry.broken == unnormalised) // half a unit more, so that the sum of one weight shows as well
        for (std::size_t l = 0; l < o.size(); ++l) o[l] *= x.sum[l / e] + .5;
      const attention::ScoreGradient g = attention::score_gradient(x, v, d_o, o);
      double worst = 0;
      for (std::size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < n; ++j) sum += g.ds[i * n + j];
        worst = std::max(worst, std::fabs(sum) / g.rounding[i]);
      }
      inquiry.check(inequality(
          "largest |sum_j dS_ij| over its rounding, window " + std::to_string(window) + (scale > 1 ? ", scores times 30" : ""), worst, 1));
    }
}

ASSAY_CLAIM({.id = "claim/local_attention/row-sum-zero",
             .statement = "The gradient with respect to the scores of a row adds up to 0, window or not: dS = P (dP - D) with D = d_o . o.",
             .source = "softmax backward, FlashAttention: arXiv 2205.14135, appendix B",
             .kind = Kind::exact,
             .broken_by = {"D from an output that is not divided by its sum"},
             .ask = ask});

} // namespace
} // namespace assay
