// How local a logarithmic bias makes attention: weights fall as Delta^-p, and p > 1 is the border.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>

#include "reference/rope/curve.hpp"
#include "reference/rope/expected.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, other_base, no_gain, half_window };

std::string of(double pair_weight, int d) {
  char text[48];
  std::snprintf(text, sizeof text, ", mean pair weight %g, d = %d", pair_weight, d);
  return text;
}

std::vector<double> weights(const std::vector<double>& c1, double pair_weight, int d, double gain) {
  std::vector<double> w;
  for (const double c : c1) w.push_back(std::exp(gain * pair_weight * c / std::sqrt(d)));
  return w;
}

void figures(Inquiry& inquiry) {
  constexpr int d = 64, steps = 18;
  const std::vector<double> c1 = rope::cosine_sums(rope::frequencies(1e4, d), std::int64_t{1} << steps);
  std::vector<std::vector<double>> all;
  for (const double pair_weight : {0., .5, 1., 2., 4.}) all.push_back(weights(c1, pair_weight, d, rope::noise_gain(d, {})));
  std::vector<double>& alibi = all.emplace_back();
  for (std::size_t distance = 0; distance < c1.size(); ++distance) alibi.push_back(std::exp(-static_cast<double>(distance) / 256));
  for (int k = 2 * 10; k <= 2 * steps; ++k) {
    const std::int64_t n = std::lround(std::exp2(k / 2.));
    const auto f = [&](std::size_t which) { return rope::far_mass(all[which], 512, n); };
    inquiry.row("far_mass",
                {{"n", static_cast<double>(n)}, {"0", f(0)}, {"0.5", f(1)}, {"1", f(2)}, {"2", f(3)}, {"4", f(4)}, {"ALiBi 1/256", f(5)}});
  }
  for (int dims = 16; dims <= 256; dims += 8) {
    const auto log_base = [&](double pair_weight) { return pair_weight * std::sqrt(dims) * rope::noise_gain(dims, {}) / 2; }; // p = 1
    inquiry.row("border", {{"d", dims}, {"1", log_base(1)}, {"2", log_base(2)}, {"4", log_base(4)}});
  }
}

void ask(Inquiry& inquiry) {
  struct Setting {
    int d;
    double base;
    std::string_view threshold;
  };
  const auto used_base = [&](double base) { return inquiry.broken == other_base ? base / 10 : base; };
  const auto gain = [&](int d) { return inquiry.broken == no_gain ? 1 : rope::noise_gain(d, {}); };
  for (const auto& [d, base, threshold] : {Setting{64, 1e4, "2.267"}, Setting{128, 1e4, "1.615"}, Setting{128, 5e5, "2.302"}}) {
    char at[48];
    std::snprintf(at, sizeof at, ", d = %d, base %g", d, base);
    const double least = rope::pair_weight_of_exponent(1, d, used_base(base), gain(d));
    inquiry.check(golden("mean pair weight at which p = 1" + std::string(at), least, threshold));

    // Exponent of the exact curve: from period to period of ln Delta, 30 to base/10; the remainder is that of the log law.
    const double h = rope::log_step(base, d), periods = std::floor(std::log(base / 300) / h), last = 30 * std::exp(periods * h);
    const double factor = rope::noise_gain(d, {}) / std::sqrt(d) / (periods * h); // of pair weight 1
    const double fall = rope::log_period_mean(base, d, 30) - rope::log_period_mean(base, d, last);
    const double remainder = rope::log_law_remainder(base, d, 30) + rope::log_law_remainder(base, d, last);
    inquiry.check(identity("exponent of the expected weights of pair weight 1, within the remainder of the log law" + std::string(at),
                           factor * fall, rope::decay_exponent(1, d, used_base(base), gain(d)), factor * remainder));
  }
  inquiry.check(golden("p of pair weight 1, d = 64, base 1e4", rope::decay_exponent(1, 64, used_base(1e4), gain(64)), "0.44"));

  struct Row {
    int d;
    double pair_weight;
    std::string_view mass[3]; // F_512 at n = 1024, 4096, 16384
  };
  constexpr Row rows[] = {{64, 0, {".500", ".875", ".969"}}, {64, .5, {".419", ".803", ".937"}}, {64, 1, {".327", ".693", ".872"}},
                          {64, 2, {".129", ".330", ".519"}}, {64, 4, {".002", ".004", ".005"}},  {128, 1, {".238", ".560", ".764"}},
                          {128, 2, {".024", ".063", ".100"}}};
  std::vector<double> c1;
  for (const Row& row : rows) {
    if (row.pair_weight == 0 || row.d == 128) c1 = rope::cosine_sums(rope::frequencies(1e4, row.d), 16384);
    const std::vector<double> w = weights(c1, row.pair_weight, row.d, gain(row.d));
    const std::int64_t n[] = {1024, 4096, 16384};
    for (std::size_t k = 0; k < 3; ++k)
      inquiry.check(golden("F_512(" + std::to_string(n[k]) + ")" + of(row.pair_weight, row.d),
                           rope::far_mass(w, inquiry.broken == half_window ? 256 : 512, n[k]), row.mass[k]));
  }
  if (inquiry.broken == none) figures(inquiry);
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/localisation-exponent",
     .statement =
         "Expected weights fall as Delta^-p, p = l sqrt(d) gain/(2 ln base) for mean pair weight l; below the base the far mass stays "
         "small only for p > 1",
     .source = "derived in reference/rope/expected.hpp",
     .kind = Kind::bound,
     .broken_by = {"p of a tenth of the base", "gain of the noise left out", "distances from 256 counted as far"},
     .ask = ask});

} // namespace
} // namespace assay
