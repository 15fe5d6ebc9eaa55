#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "reference/attention/far_mass.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, ended, windowed };

constexpr std::int64_t window = 512, last = std::int64_t{1} << 20, no_mask = std::int64_t{1} << 62;
constexpr int dim = 64;

// Equal contents, the last row of n: RoPE, ReRoPE and xPos have no bias then. `certificate` bounds F_W(n) from above if `local`, and tends
// to 0 with W; else from below, and tends to 1 with n. A_W = sum_{t < W} e^b.
struct System {
  std::string name;
  attention::RelativeBias bias;
  std::int64_t reach;
  bool local;
  std::function<double(double w, double n)> certificate;
};

// A_W exactly, and A_n >= n e^mean by Jensen's inequality: sum_{t < n} cos(t theta) = sin(n theta / 2) cos((n - 1) theta / 2) / sin(theta /
// 2).
double sandwich_certificate(double lambda, double w, double n) {
  double near = 0, mean = 0;
  for (int t = 0; t < static_cast<int>(w); ++t) near += std::exp(lambda * attention::sandwich_curve(dim, t));
  for (int i = 0; i < dim / 2; ++i) {
    const double half = std::pow(10000, -2.0 * i / dim) / 2;
    mean += lambda * std::sin(n * half) * std::cos((n - 1) * half) / (n * std::sin(half));
  }
  return 1 - near / (n * std::exp(mean));
}

std::vector<System> systems() {
  const auto zero = [](double, double) { return 0.0; };
  const auto uniform = [](double w, double n) { return 1 - w / n; };
  const double alibi = std::numbers::e / window, biases = 2 / (std::sqrt(dim) * (1 - 1.0 / dim));
  // int x^-r1 dx from 1 to n
  const auto integral = [](double r1, double n) { return r1 == 1 ? std::log(n) : (std::pow(n, 1 - r1) - 1) / (1 - r1); };
  const auto logarithmic = [=](double r1) { return [=](double w, double n) { return 1 - (1 + integral(r1, w)) / integral(r1, n + 1); }; };
  return {{"hard window of 512", attention::no_bias(), 512, true, zero},
          {"BCA with blocks of 256", attention::no_bias(), 512, true, zero}, // its row that sees most: its own block and the one before
          {"ALiBi with slope e/512", attention::alibi(alibi), no_mask, true, [=](double w, double) { return std::exp(-alibi * w); }},
          // sum_{t >= W} e^-sqrt t < int from W - 1, and A >= e^-0 + e^-1
          {"KERPLE -sqrt t", attention::kerple_power(1, .5), no_mask, true,
           [](double w, double) { return 2 * (std::sqrt(w - 1) + 1) * std::exp(-std::sqrt(w - 1)) / (1 + std::exp(-1)); }},
          // sum_{t >= W} (1 + t)^-2 < int from W - 1, and A >= 1
          {"KERPLE -2 ln(1 + t)", attention::kerple_log(2, 1), no_mask, true, [](double w, double) { return 1 / w; }},
          {"KERPLE -ln(1 + t)", attention::kerple_log(1, 1), no_mask, false, logarithmic(1)},
          {"KERPLE -.8 ln(1 + t)", attention::kerple_log(.8, 1), no_mask, false, logarithmic(.8)},
          {"RoPE with biased q and k", attention::sandwich(biases, dim, last), no_mask, false,
           [=](double w, double n) { return sandwich_certificate(biases, w, n); }},
          {"Sandwich 1/8", attention::sandwich(1. / 8, dim, last), no_mask, false,
           [](double w, double n) { return sandwich_certificate(1. / 8, w, n); }},
          // Buckets of a logarithm that end at 128: 129 A_n >= n
          {"T5 buckets up to 128", attention::capped(attention::kerple_log(1, 1), 128), no_mask, false,
           [](double w, double n) { return 1 - (1 + std::log(129) + (w - 129) / 129) * 129 / n; }},
          {"RoPE / ReRoPE / xPos", attention::no_bias(), no_mask, false, uniform}};
}

void ask(Inquiry& inquiry) {
  std::vector<std::int64_t> powers;
  for (std::int64_t n = 1024; n <= last; n *= 4) powers.push_back(n);
  for (const System& system : systems()) {
    const attention::RelativeBias bias = inquiry.broken == ended ? attention::capped(system.bias, 128) : system.bias;
    const std::int64_t reach = inquiry.broken == windowed ? window : inquiry.broken == ended ? no_mask : system.reach;
    double worst = -1, slack = 0;
    math::Estimate far;
    for (const attention::BiasRow& row : attention::bias_rows(bias, window, powers, reach)) {
      far = row.far;
      const double certificate = system.certificate(window, static_cast<double>(row.n));
      worst = std::max(worst, system.local ? far.value - certificate : certificate - far.value);
      slack =
          std::max(slack, far.error + 1e3 * numerics::u64); // a certificate has at most a few hundred roundings, all terms being below 1
      inquiry.row("system: " + system.name,
                  {{"n", static_cast<double>(row.n)}, {"far", far.value}, {"entropy", row.entropy.value}, {"local", system.local}});
    }
    inquiry.check(inequality((system.local ? "local: far mass - upper bound, " : "not local: lower bound - far mass, ") + system.name,
                             worst, 0, slack));
    if (system.name.starts_with("T5"))
      inquiry.check(golden("mass beyond 512 among 2^20 keys, " + system.name, far.value, "0.999", far.error));
  }
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/which-are-local",
     .statement =
         "Hard windows, ALiBi, KERPLE's power and its logarithm with r1 > 1 keep the mass beyond W small for every length; the logarithm "
         "with r1 <= 1, Sandwich, T5 buckets and RoPE lose it all to far keys in the end.",
     .source = "kexue.fm/archives/9431; bounds by integrals and Jensen's inequality, suites/local_attention/README.md",
     .kind = Kind::bound,
     .broken_by = {"distances beyond 128 are not told apart, by masks neither", "a window on top"},
     .ask = ask});

} // namespace
} // namespace assay
