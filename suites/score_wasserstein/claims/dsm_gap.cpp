// The denoising loss exceeds the explicit one by a constant of the data.
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "suites/harness/inquiry.hpp"
#include "suites/score_wasserstein/forms.hpp"

namespace assay {
namespace {

enum Broken { none, no_gap, target_without_b, law_of_data, root_of_b };
using forms::a, forms::b;

// E|s(x_t) + n/b|^2 over x_t = a x_0 + b n: -n/b is the score of x_t given x_0. Two nested integrals over x_0 and n.
math::Estimate denoising_loss(const forms::Model& model, int broken) {
  const double scale = broken == target_without_b ? 1 : b;
  std::vector<double> edges, data_edges;
  for (double n = -9; n <= 9; n += 2) edges.push_back(n);
  for (double x = -6; x <= 6; x += 1) data_edges.push_back(x);
  double within = 0;
  const auto given = [&](double start) {
    const math::Estimate inner = math::integrate(
        [&](double n) {
          const double off = model.at(a * start + b * n) + n / scale;
          return std::exp(-n * n / 2) / std::sqrt(2 * std::numbers::pi) * off * off;
        },
        edges);
    const double density = std::exp(forms::data.log_density(start));
    within += density * inner.error;
    return density * inner.value;
  };
  math::Estimate loss = math::integrate(given, data_edges);
  loss.error += within;
  return loss;
}

// E Var(score of x_t given x_0 | x_t) by quadrature: given x_t, x_0 is a mixture with the responsibilities of x_t.
math::Estimate conditional_variance() {
  return forms::mean([](double x) {
    double sum = 0, first = 0, second = 0;
    for (std::size_t k = 0; k < forms::data.components.size(); ++k) {
      const auto& [weight, mean, variance] = forms::data.components[k];
      const double total = a * a * variance + b * b,
                   share = weight / std::sqrt(total) * std::exp(-(x - a * mean) * (x - a * mean) / (2 * total));
      const double centre = mean + a * variance / total * (x - a * mean), spread = variance * b * b / total; // of x_0 in component k
      const double score = (a * centre - x) / (b * b);
      sum += share;
      first += share * score;
      second += share * (score * score + a * a * spread / (b * b * b * b));
    }
    return second / sum - first / sum * (first / sum);
  });
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const score::GaussianMixture& under = broken == law_of_data ? forms::data : forms::law;
  const math::Estimate fisher = forms::fisher(under), variance = conditional_variance();
  // E|score of x_t given x_0|^2 = 1/b^2.
  const double noise = broken == root_of_b ? 1 / b : 1 / (b * b), gap = broken == no_gap ? 0 : noise - fisher.value;
  const double rounding = 1e2 * numerics::u64;
  for (const double delta : {0.3, 0.0, -1.0}) {
    const math::Estimate denoising = denoising_loss({delta}, broken), plain = forms::explicit_loss({delta}, under);
    const double off = denoising.value - plain.value, errors = denoising.error + plain.error + rounding;
    inquiry.check(identity("denoising loss less explicit loss = 1/b^2 - E|score|^2, delta = " + std::to_string(delta).substr(0, 4), off,
                           gap, errors + fisher.error));
    if (delta != 0.3) continue;
    inquiry.check(golden("explicit loss", plain.value, "0.0456338", plain.error + rounding));
    inquiry.check(golden("denoising loss", denoising.value, "1.6265634", denoising.error + rounding));
    inquiry.check(golden("their difference", off, "1.58092957", errors));
  }
  inquiry.check(golden("1/b^2 - E|score|^2", gap, "1.58092957", fisher.error + rounding));
  inquiry.check(
      identity("1/b^2 - E|score|^2 = E Var(score of x_t given x_0 | x_t)", gap, variance.value, variance.error + fisher.error + rounding));

  // Gaussian data of variance v_0: Var(x_0 | x_t) = v_0 b^2 / v_t.
  const double v0 = 0.25, v = a * a * v0 + b * b;
  inquiry.check(identity("Gaussian data: 1/b^2 - 1/v_t = a^2 Var(x_0 | x_t) / b^4", noise - 1 / v, a * a * v0 / (v * b * b), rounding));
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
