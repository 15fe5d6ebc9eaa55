#include <cmath>
#include <string>
#include <vector>

#include "reference/attention/window_stack.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, one_more, continuous, deviations_add, mean_forgotten };

constexpr double u = numerics::u64;

// Row n - 1 of the L-th power of (1 - mix) I + mix P, P = softmax of zero scores: attention with q = 0, v = x = I.
std::vector<double> row_of_power(int window, int layers, double mix, int n) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> identity(size * size), share(size);
  for (std::size_t i = 0; i < size; ++i) identity[i * size + i] = 1;
  const attention::WindowLayer layer{window, 0, false, std::vector<double>(size * size), identity, identity};
  std::vector<double> x = identity;
  for (int l = 0; l < layers; ++l) {
    const std::vector<double> o = attention::attend(layer, x, n).o;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (1 - mix) * x[i] + mix * o[i];
  }
  for (std::size_t t = 0; t < size; ++t) share[t] = x[(size - 1) * size + (size - 1 - t)];
  return share;
}

double variance_of(Broken broken, double w, double layers, double mix) {
  const double one = mix * (w - 1) * (2 * w - 1) / 6, mean = broken == mean_forgotten && mix < 1 ? 0 : mix * (w - 1) / 2;
  if (broken == continuous && mix == 1) return layers * w * w / 12;
  return (broken == deviations_add ? layers * layers : layers) * (one - mean * mean);
}

void ask(Inquiry& inquiry) {
  constexpr int w = 8, layers = 5, n = layers * w + 1;
  const auto broken = static_cast<Broken>(inquiry.broken);
  const int off = broken == one_more ? 1 : 0;
  const double chain = growth(layers * (w + 2)) * u;
  for (const double mix : {1.0, .5}) {
    const std::string at = mix == 1 ? ", no residual" : ", half residual";
    const std::vector<double> share = row_of_power(w + off, layers, mix, n), convolution = attention::influence(w, layers, mix);
    double apart = 0, mean = 0, square = 0;
    for (std::size_t t = 0; t < share.size(); ++t) {
      const double back = static_cast<double>(t);
      apart += std::fabs(share[t] - (t < convolution.size() ? convolution[t] : 0));
      mean += back * share[t];
      square += back * back * share[t];
    }
    const double variance = square - mean * mean, slack = (chain + growth(n) * u) * (square + 2 * mean * mean);
    inquiry.check(identity("row of P^L and the convolution, summed differences" + at, apart, 0, 2 * chain));
    inquiry.check(identity("mean" + at, mean, mix * layers * (w - 1) / 2, (chain + growth(n) * u) * mean));
    inquiry.check(identity("variance" + at, variance, variance_of(broken, w, layers, mix), slack));
    inquiry.check(golden("variance, w = 8, L = 5" + at, variance, mix == 1 ? "26.25" : "28.4375", slack));
    if (mix == 1)
      inquiry.check(golden("share of the farthest token, w^-L", share[static_cast<std::size_t>(layers) * (w - 1)], "3.05e-5", chain));
  }
  const double spread = std::sqrt(variance_of(broken, 4096 + off, 32, 1));
  inquiry.check(golden("standard deviation in tokens, w = 4096, L = 32", spread, "6689", 4 * u * spread));
  inquiry.check(golden("its share of the receptive field", spread / 131041, "0.05", 4 * u));

  for (const int deep : {1, 2, 4, 8, 32}) {
    const std::vector<double> share = attention::influence(w, deep);
    const double mean = deep * (w - 1) / 2.0, variance = variance_of(none, w, deep, 1);
    for (std::size_t t = 0; t < share.size(); ++t)
      inquiry.row("influence", {{"layers", deep},
                                {"tokens_back", static_cast<double>(t)},
                                {"share", share[t]},
                                {"standardised", (static_cast<double>(t) - mean) / std::sqrt(variance)},
                                {"density", share[t] * std::sqrt(variance)}});
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/influence-convolution",
     .statement = "With equal scores the influence of earlier tokens through L layers of window w is the L-fold convolution of the uniform "
                  "law on 0 ... w - 1: it spreads over sqrt(L (w^2 - 1) / 12) tokens, a small part of the L (w - 1) + 1 it reaches.",
     .source = "convolution of the uniform law; on kexue.fm/archives/9431, which counts one layer",
     .kind = Kind::exact,
     .broken_by = {"a window of w + 1 keys", "variance L w^2 / 12, as if the range grew by w per layer",
                   "standard deviations of layers add up, not variances", "the square of the mean is left out of the residual's variance"},
     .ask = ask});

} // namespace
} // namespace assay
