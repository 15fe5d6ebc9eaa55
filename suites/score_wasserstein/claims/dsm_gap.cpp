// The denoising loss exceeds the explicit one by a constant of the data.
#include <string>
#include <vector>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/forms.hpp"

namespace assay {
namespace {

enum Broken { none, no_gap, target_without_b, law_of_data, root_of_b };
using forms::a, forms::b, math::Estimate;

// E|s(x_t) + n/b|^2 over x_t = a x_0 + b n: -n/b is the score of x_t given x_0. Two nested integrals over x_0 and n.
Estimate denoising_loss(const forms::Model& model, int broken) {
  const double scale = broken == target_without_b ? 1 : b;
  std::vector<double> edges, data_edges;
  for (double n = -9; n <= 9; n += 2) edges.push_back(n);
  for (double x = -6; x <= 6; x += 1) data_edges.push_back(x);
  const auto given = [&](Estimate start) {
    const auto squared = [&](Estimate n) {
      const Estimate off = model.at(a * start + b * n) + n / scale;
      return exp(-n * n / 2) / sqrt(2 * math::pi) * off * off;
    };
    return exp(forms::data.log_density(start)) * math::integrate(squared, edges);
  };
  return math::integrate(given, data_edges);
}

// E Var(score of x_t given x_0 | x_t) by quadrature: given x_t, x_0 is a mixture with the responsibilities of x_t.
Estimate conditional_variance() {
  return forms::mean([](Estimate x) {
    Estimate sum, first, second;
    for (const auto& [weight, mean, variance] : forms::data.components) {
      const Estimate square = Estimate{b} * b, total = Estimate{a} * a * variance + square, off = x - Estimate{a} * mean,
                     share = weight / sqrt(total) * exp(-off * off / (2 * total));
      const Estimate centre = mean + a * variance / total * off, spread = variance * square / total; // of x_0 in component k
      const Estimate score = (a * centre - x) / square, slope = a / square;
      sum = sum + share;
      first = first + share * score;
      second = second + share * (score * score + slope * slope * spread);
    }
    const Estimate mean = first / sum;
    return second / sum - mean * mean;
  });
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const score::GaussianMixture& under = broken == law_of_data ? forms::data : forms::law;
  // E|score of x_t given x_0|^2 = 1/b^2, times the sum of weights, which is 1 but for its rounding.
  const Estimate square = Estimate{b} * b, weights = Estimate{forms::data.components[0].weight} + forms::data.components[1].weight,
                 noise = weights / (broken == root_of_b ? Estimate{b} : square);
  const Estimate gap = broken == no_gap ? Estimate{} : noise - forms::fisher(under);
  for (const double delta : {0.3, 0.0, -1.0}) {
    const Estimate denoising = denoising_loss({delta}, broken), plain = forms::explicit_loss({delta}, under), off = denoising - plain;
    inquiry.check(
        identity("denoising loss less explicit loss = 1/b^2 - E|score|^2, delta = " + std::to_string(delta).substr(0, 4), off, gap));
    if (delta != 0.3) continue;
    inquiry.check(golden("explicit loss", plain, "0.0456338"));
    inquiry.check(golden("denoising loss", denoising, "1.6265634"));
    inquiry.check(golden("their difference", off, "1.58092957"));
  }
  inquiry.check(golden("1/b^2 - E|score|^2", gap, "1.58092957"));
  inquiry.check(identity("1/b^2 - E|score|^2 = E Var(score of x_t given x_0 | x_t)", gap, conditional_variance()));

  // Gaussian data of variance v_0: Var(x_0 | x_t) = v_0 b^2 / v_t.
  const Estimate left = Estimate{a} * a * 0.25, v = left + square;
  inquiry.check(identity("Gaussian data: 1/b^2 - 1/v_t = a^2 Var(x_0 | x_t) / b^4", noise - 1 / v, left / (v * square)));
}

ASSAY_CLAIM({.id = "claim/score_wasserstein/dsm-gap",
             .statement = "The denoising loss is the explicit loss + E tr Cov(score of x_t given x_0 | x_t), whatever the model",
             .source = "Vincent (2011); sharpens the inequality in Su, kexue.fm 9467",
             .kind = Kind::exact,
             .broken_by = {"both losses are equal", "the target is the noise, not its score",
                           "the expectation is under the data, not under p_t", "1/b in place of 1/b^2"},
             .ask = ask});

} // namespace
} // namespace assay
