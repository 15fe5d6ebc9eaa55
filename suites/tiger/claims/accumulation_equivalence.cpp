#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, decay_every_micro_step, move_every_micro_step };

double sign(double x) { return (x > 0) - (x < 0); }

// Every number is a dyadic fraction: targets and parameters are integers, steps are 1, beta = 1/2, k = 4, so after window j
// the momentum is a multiple of 2^-(j+3) below 32, and 40 windows need 48 bits. Both forms are exact in double.
void exact(Inquiry& inquiry, Broken broken) {
  constexpr int size = 64, windows = 40, k = 4;
  constexpr double beta = .5;
  const std::uint64_t key = key_of(inquiry.seed, "tiger.accumulation-equivalence exact");
  std::vector<double> start(size), target(static_cast<std::size_t>(windows) * k * size);
  fill_integers(key, 0, -8, 8, start);
  fill_integers(key, 1, -8, 8, target);
  // Micro-batch t has the loss |theta - target_t|^2 / 2: its gradient sees every move of theta. Beyond the targets all
  // gradients pull back, and the momentum turns within 6 windows: |theta| <= 14, |gradient| <= 22.
  const auto gradient = [&](int t, std::size_t i, double theta) { return theta - target[static_cast<std::size_t>(t) * size + i]; };
  std::int64_t momenta = 0, parameters = 0;
  for (std::size_t i = 0; i < size; ++i) {
    double theta = start[i], m = 0, whole_theta = start[i], whole_m = 0;
    for (int window = 0; window < windows; ++window) {
      double mean = 0;
      for (int t = window * k; t < (window + 1) * k; ++t) mean += gradient(t, i, whole_theta) / k;
      whole_m = beta * whole_m + (1 - beta) * mean;
      whole_theta -= sign(whole_m);
      for (int t = window * k; t < (window + 1) * k; ++t) {
        const bool decay = t % k == 0 || broken == decay_every_micro_step, move = (t + 1) % k == 0 || broken == move_every_micro_step;
        m = (decay ? beta : 1) * m + (1 - beta) / k * gradient(t, i, theta);
        if (move) theta -= sign(m);
      }
      momenta += m != whole_m;
      parameters += theta != whole_theta;
    }
  }
  inquiry.check(bitwise("momentum of 40 windows in exact numbers, beta = 1/2, k = 4", momenta));
  inquiry.check(bitwise("parameters of 40 windows in exact numbers, beta = 1/2, k = 4", parameters));
}

// fp32 momentum, one fma a micro-step, against the whole-batch recursion in double. Roundings that meet m: of beta and of k
// sums; that meet a gradient: of (1 - beta)/k, of the product, of at most k sums. With one more for their squares and for the
// double recursion: error E <= beta E' + (k + 3) u (beta (|m'| + E') + (1 - beta)/k sum |g|).
void rounded(Inquiry& inquiry, Broken broken, int k) {
  constexpr int size = 64, windows = 200;
  constexpr double beta = .965;
  const auto beta_32 = static_cast<float>(beta), share_32 = static_cast<float>((1 - beta) / k);
  const std::uint64_t key = key_of(inquiry.seed, "tiger.accumulation-equivalence k=" + std::to_string(k));
  std::vector<double> m(size), bound(size), g(size), sum(size), magnitude(size);
  std::vector<float> m_32(size);
  double ratio = 0, ambiguous = 0, mismatched = 0;
  for (int window = 0; window < windows; ++window) {
    std::fill(sum.begin(), sum.end(), 0);
    std::fill(magnitude.begin(), magnitude.end(), 0);
    for (int micro = 0; micro < k; ++micro) {
      fill_normal(key, static_cast<std::uint32_t>(window * k + micro), g);
      const float decay = micro == 0 || broken == decay_every_micro_step ? beta_32 : 1;
      for (std::size_t i = 0; i < size; ++i) {
        const auto g_32 = static_cast<float>(g[i]);
        m_32[i] = std::fma(decay, m_32[i], share_32 * g_32);
        sum[i] += g_32;
        magnitude[i] += std::fabs(g_32);
      }
    }
    for (std::size_t i = 0; i < size; ++i) {
      bound[i] = beta * bound[i] + (k + 3) * numerics::u32 * (beta * (std::fabs(m[i]) + bound[i]) + (1 - beta) / k * magnitude[i]);
      m[i] = beta * m[i] + (1 - beta) * (sum[i] / k);
      ratio = std::max(ratio, std::fabs(m_32[i] - m[i]) / bound[i]);
      ambiguous += std::fabs(m[i]) <= bound[i];
      mismatched += sign(m_32[i]) != sign(m[i]);
    }
  }
  inquiry.row("accumulation_error",
              {{"k", k}, {"error_over_bound", ratio}, {"ambiguous", ambiguous}, {"mismatched", mismatched}, {"of", size * windows}});
  // k = 1 accumulates nothing: shown for comparison.
  if (k > 1)
    inquiry.check(inequality("fp32 momentum of 200 windows: error over its bound, beta = .965, k = " + std::to_string(k), ratio, 1));
}

void ask(Inquiry& inquiry) {
  const auto broken = static_cast<Broken>(inquiry.broken);
  exact(inquiry, broken);
  for (const int k : {1, 4, 16, 64}) rounded(inquiry, broken, k);
}

ASSAY_CLAIM({.id = "claim/tiger/accumulation-equivalence",
             .statement = "Decaying the momentum by beta once a window and adding (1 - beta)/k of each micro-gradient equals one step with "
                          "the mean gradient.",
             .source = "kexue.fm/archives/8634 and 9512",
             .kind = Kind::exact,
             .broken_by = {"momentum decays by beta at every micro-step", "parameters move at every micro-step"},
             .ask = ask});

} // namespace
} // namespace assay
