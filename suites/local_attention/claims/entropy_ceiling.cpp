#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "reference/attention/gaussian_entropy.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, no_window, annealed, early_rows_padded };

constexpr int w = 512, longest = 8192;
constexpr double u = numerics::u64, beta = 2;
constexpr int positions[] = {15, 63, 255, 511, 1023, 2047, 4095, 8191};

double entropy(std::span<const double> scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0, moment = 0; // both terms of ln l - t / l are positive: nothing cancels
  for (const double s : scores) {
    const double weight = std::exp(s - most);
    sum += weight;
    moment += (s - most) * weight;
  }
  return std::log(sum) - moment / sum;
}

struct Mean {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double x) {
    sum += x;
    squares += x * x;
    ++count;
  }
  double value() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - value() * value()) / (count - 1)); }
};

// Scores scaled by ln n / ln 512 are Gaussian again, with another beta for every length.
const std::vector<attention::GaussianScores>& scaled_tables() {
  static const std::vector<attention::GaussianScores> tables = [] {
    std::vector<attention::GaussianScores> list;
    for (const int i : positions) list.emplace_back(beta * std::log(i + 1) / std::log(512), i + 1);
    return list;
  }();
  return tables;
}

void ask(Inquiry& inquiry) {
  static const attention::GaussianScores one(1, 512), two(beta, longest);
  const int broken = inquiry.broken;
  const auto h = [broken](const attention::GaussianScores& law, double b, double n) {
    return broken == annealed ? math::Estimate{std::log(n) - b * b / 2, 0} : law.entropy(n);
  };
  for (const auto& [law, b, n, published] :
       {std::tuple{&one, 1.0, 512, "5.74189016"}, {&two, 2.0, 512, "4.39014339"}, {&two, 2.0, 8192, "7.02942335"}}) {
    const math::Estimate mean = h(*law, b, n);
    inquiry.check(golden("E H of " + std::to_string(n) + " scores N(0, " + std::to_string(static_cast<int>(b * b)) + ")", mean.value,
                         published, mean.error));
  }

  const std::uint64_t key = key_of(inquiry.seed, "local_attention.entropy-ceiling");
  std::vector<double> draw(longest), biased(longest), scaled(longest);
  double above = -1, apart = 0;
  for (std::size_t p = 0; p < std::size(positions); ++p) {
    const int i = positions[p], n = i + 1, seen = broken == no_window ? n : broken == early_rows_padded ? w : std::min(n, w);
    // Short rows are cheap, and at 511 the annealed value alone is broken, and only .15 away.
    const int rows = (n > w ? 200 : n < w ? 1000 : 3000) * (inquiry.thorough ? 10 : 1);
    Mean window, full, alibi, log_scaled;
    for (int row = 0; row < rows; ++row) {
      const std::span<double> scores(draw.data(), static_cast<std::size_t>(std::max(n, seen)));
      fill_normal(key_of(key, "position " + std::to_string(i)), static_cast<std::uint32_t>(row), scores);
      for (double& score : scores) score *= beta;
      const double found = entropy(scores.first(static_cast<std::size_t>(seen)));
      window.add(found);
      above = std::max(above, found - std::log(std::min(n, w)));
      if (broken != none) continue; // the rest is for the figure
      const auto size = static_cast<std::size_t>(n);
      for (std::size_t t = 0; t < size; ++t) { // element t stands at distance t
        biased[t] = scores[t] - std::exp(1) / w * static_cast<double>(t);
        scaled[t] = scores[t] * std::log(n) / std::log(512);
      }
      full.add(entropy(scores.first(size)));
      alibi.add(entropy({biased.data(), size}));
      log_scaled.add(entropy({scaled.data(), size}));
    }
    const math::Estimate expected = h(two, beta, std::min(n, w));
    inquiry.check(sampled("mean entropy of windowed rows at position " + std::to_string(i) + " = h(min(i + 1, w), 2)",
                          (window.value() - expected.value) / window.error(), 1e-7));
    const std::vector<double> equal(static_cast<std::size_t>(seen), .3); // ln of a sum of ones
    apart += std::fabs(entropy(equal) - std::log(std::min(n, w)));
    if (broken != none) continue;
    inquiry.row("row_entropy", {{"position", i},
                                {"full", full.value()},
                                {"full_error", full.error()},
                                {"full_h", two.entropy(n).value},
                                {"window", window.value()},
                                {"window_error", window.error()},
                                {"window_h", two.entropy(std::min(n, w)).value},
                                {"scaled", log_scaled.value()},
                                {"scaled_error", log_scaled.error()},
                                {"scaled_h", scaled_tables()[p].entropy(n).value},
                                {"alibi", alibi.value()},
                                {"alibi_error", alibi.error()}});
  }
  inquiry.check(
      identity("entropy of equal scores = ln min(i + 1, w), summed over positions", apart, 0, std::size(positions) * 4 * u * std::log(w)));
  inquiry.check(inequality("H_i - ln min(i + 1, w), the largest", above, 0, (2 * growth(w) + 8) * u * std::log(w)));
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/entropy-ceiling",
     .statement =
         "A window caps the entropy of every row at ln min(i + 1, w), reached by equal scores; for independent N(0, beta^2) scores the "
         "mean is h(min(i + 1, w), beta), which stops growing at position w - 1, while full attention grows like ln n.",
     .source = "kexue.fm/archives/9431; h by quadrature, reference/attention/gaussian_entropy.hpp",
     .kind = Kind::sampled,
     .broken_by = {"no window", "the annealed value ln n - beta^2 / 2 in place of h", "rows before position w see w keys as well"},
     .ask = ask});

} // namespace
} // namespace assay
