#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "reference/attention/far_mass.hpp"
#include "reference/attention/window_stack.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, ended, windowed };

using attention::BiasRow, attention::RelativeBias, attention::Visible;

constexpr std::int64_t window = 512, last = std::int64_t{1} << 20;
constexpr int dim = 64;

// Equal contents, the last row of n: RoPE, ReRoPE and xPos have no bias then, unless queries and keys have one. `limit`: what lies beyond
// every window in the end, lim_W lim_n F_W(n): 0 for local systems, whose certificate bounds F_W(n) from above and tends to 0 with W; 1 for
// those that lose it all, whose certificate bounds it from below and tends to 1 with n; in between the certificate is F_W(n).
// A_W = sum_{t < W} e^b.
struct System {
  std::string name;
  double limit;
  std::function<double(double w, double n)> certificate;
  RelativeBias bias = attention::no_bias();
  Visible visible{};
};

// sum_{m < count} cos(first + m step)
double cosines(double first, double step, double count) {
  if (step == 0) return count * std::cos(first);
  return std::sin(count * step / 2) / std::sin(step / 2) * std::cos(first + (count - 1) * step / 2);
}

// Of lambda sum_i cos(t theta_i) where distances advance by `pace` from `turn` on: A_W exactly, and A_n >= n e^mean by Jensen's inequality.
std::function<double(double, double)> cosine_certificate(double lambda, int turn = 0, double pace = 1) {
  return [=](double w, double n) {
    double near = 0, mean = 0;
    for (int t = 0; t < static_cast<int>(w); ++t)
      near += std::exp(lambda * attention::sandwich_curve(dim, std::min(t, turn) + pace * std::max(t - turn, 0)));
    for (int i = 0; i < dim / 2; ++i) {
      const double theta = std::pow(10000, -2.0 * i / dim);
      mean += lambda * (cosines(0, theta, turn) + cosines(turn * theta, pace * theta, n - turn)) / n;
    }
    return 1 - near / (n * std::exp(mean));
  };
}

std::vector<System> systems() {
  using namespace attention;
  constexpr int half = window / 2, sinks = 4;
  const auto zero = [](double, double) { return 0.0; };
  const auto uniform = [](double w, double n) { return 1 - w / n; };
  const double slope = std::numbers::e / window, biases = 2 / (std::sqrt(dim) * (1 - 1.0 / dim)), sunk = sinks / double{window + sinks};
  // int x^-r1 dx from 1 to n
  const auto integral = [](double r1, double n) { return r1 == 1 ? std::log(n) : (std::pow(n, 1 - r1) - 1) / (1 - r1); };
  const auto logarithmic = [=](double r1) { return [=](double w, double n) { return 1 - (1 + integral(r1, w)) / integral(r1, n + 1); }; };
  return {
      {"hard window of 512", 0, zero, no_bias(), {.reach = window}},
      {"BCA with blocks of 256", 0, zero, no_bias(), {.reach = 2 * half}}, // its row that sees most: its own block and the one before
      {"ALiBi with slope e/512", 0, [=](double w, double) { return std::exp(-slope * w); }, alibi(slope)},
      // sum_{t >= W} e^-sqrt t < int from W - 1, and A >= e^-0 + e^-1
      {"KERPLE -sqrt t", 0, [](double w, double) { return 2 * (std::sqrt(w - 1) + 1) * std::exp(-std::sqrt(w - 1)) / (1 + std::exp(-1)); },
       kerple_power(1, .5)},
      // sum_{t >= W} (1 + t)^-2 < int from W - 1, and A >= 1
      {"KERPLE -2 ln(1 + t)", 0, [](double w, double) { return 1 / w; }, kerple_log(2, 1)},
      // The first four keys are as far away as n wants, and keep their part.
      {"window of 512 and 4 sinks", sunk, [=](double, double) { return sunk; }, no_bias(), {.reach = window, .sinks = sinks}},
      {"KERPLE -ln(1 + t)", 1, logarithmic(1), kerple_log(1, 1)},
      {"KERPLE -.8 ln(1 + t)", 1, logarithmic(.8), kerple_log(.8, 1)},
      {"RoPE with biases", 1, cosine_certificate(biases), sandwich(biases, dim, last)},
      {"leaky ReRoPE with biases", 1, cosine_certificate(biases, half, 1. / 16), sandwich(biases, dim, last, {.window = half, .k = 16})},
      {"ReRoPE with biases", 1, cosine_certificate(biases, half, 0), capped(sandwich(biases, dim, last), half)},
      {"Sandwich 1/8", 1, cosine_certificate(1. / 8), sandwich(1. / 8, dim, last)},
      // Buckets of a logarithm that end at 128: 129 A_n >= n
      {"T5 buckets up to 128", 1, [](double w, double n) { return 1 - (1 + std::log(129) + (w - 129) / 129) * 129 / n; },
       capped(kerple_log(1, 1), 128)},
      {"RoPE / ReRoPE / xPos", 1, uniform}};
}

// HWFA as its author tried it, trained on 512 tokens: of 24 layers 23 have windows of 16, which reach 346 tokens through them. The full one
// takes equal parts, and those below move them back, never forth: 1 - W/n is a bound from below.
const std::vector<BiasRow>& hybrid(const std::vector<std::int64_t>& lengths, std::int64_t reach) {
  constexpr int layers = 24, own_window = 16;
  static std::map<std::int64_t, std::vector<BiasRow>> known; // seconds of work, which most controls share
  std::vector<BiasRow>& rows = known[reach];
  for (std::size_t k = rows.size(); k < lengths.size(); ++k) {
    const std::int64_t n = lengths[k];
    double far = 0, entropy = 0;
    const std::vector<double> shares = attention::hybrid_influence(own_window, layers, n, reach);
    for (std::size_t t = 0; t < shares.size(); ++t) {
      if (static_cast<std::int64_t>(t) >= window) far += shares[t];
      if (shares[t] > 0) entropy -= shares[t] * std::log(shares[t]);
    }
    const double share = growth(layers * (own_window + 2)) * numerics::u64, chain = growth(static_cast<double>(n)) * numerics::u64;
    rows.push_back({n, {far, (share + chain) * far}, {entropy, share * (1 + entropy) + (chain + 3 * numerics::u64) * entropy}});
  }
  return rows;
}

void ask(Inquiry& inquiry) {
  std::vector<std::int64_t> powers;
  for (std::int64_t n = 1024; n <= last; n *= 4) powers.push_back(n);
  const auto judge = [&](const System& system, const std::vector<BiasRow>& rows) {
    double worst = -1, slack = 0;
    for (const BiasRow& row : rows) {
      const double above = row.far.value - system.certificate(window, static_cast<double>(row.n));
      worst = std::max(worst, system.limit == 0 ? above : system.limit == 1 ? -above : std::fabs(above));
      // a certificate has at most a few hundred roundings, all terms being below 1
      slack = std::max(slack, row.far.error + 1e3 * numerics::u64);
      inquiry.row("system: " + system.name,
                  {{"n", static_cast<double>(row.n)}, {"far", row.far.value}, {"entropy", row.entropy.value}, {"limit", system.limit}});
    }
    const char* const what = system.limit == 0   ? "local: far mass - upper bound, "
                             : system.limit == 1 ? "not local: lower bound - far mass, "
                                                 : "not local: |far mass - the part of the sinks|, ";
    inquiry.check(inequality(what + system.name, worst, 0, slack));
  };
  for (const System& system : systems()) {
    const bool cut = inquiry.broken == windowed, no_end = inquiry.broken == ended;
    const std::vector<BiasRow> rows = attention::bias_rows(no_end ? attention::capped(system.bias, 128) : system.bias, window, powers,
                                                           cut      ? Visible{.reach = window}
                                                           : no_end ? Visible{}
                                                                    : system.visible);
    judge(system, rows);
    if (system.name.starts_with("T5"))
      inquiry.check(golden("mass beyond 512 among 2^20 keys, " + system.name, rows.back().far.value, "0.999", rows.back().far.error));
  }
  judge({"HWFA of 24 layers", 1, [](double w, double n) { return 1 - w / n; }}, hybrid(powers, inquiry.broken == windowed ? window : last));
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/which-are-local",
     .statement =
         "Hard windows, ALiBi, KERPLE's power and its logarithm with r1 > 1 keep the mass beyond W small for every length; sinks take the "
         "same part of it at every length; the logarithm with r1 <= 1, Sandwich, T5 buckets, RoPE, ReRoPE and HWFA lose it all to far keys "
         "in the end.",
     .source = "kexue.fm/archives/9431, 9603, 9708; sinks: arXiv 2309.17453; bounds by integrals and Jensen's inequality, "
               "suites/local_attention/README.md",
     .kind = Kind::bound,
     .broken_by = {"distances beyond 128 are not told apart, by masks neither", "a window on top"},
     .ask = ask});

} // namespace
} // namespace assay
