#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reference/attention/far_mass.hpp"
#include "reference/random.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, upper_unbounded, lower_unbounded, ended, beyond_four_windows, judged_early };

constexpr std::int64_t window = 512, last = std::int64_t{1} << 20;
constexpr std::array<std::size_t, 5> octaves = {0, 2, 4, 6, 10}; // n = 2^10 times two to the power of these

struct System {
  std::string name;
  attention::RelativeBias bias;
  std::array<std::string_view, 5> far; // F_512(n) as printed, n as in `octaves`
};

const std::vector<System>& systems() {
  static const std::vector<System> list = {
      {"no bias", attention::no_bias(), {"0.500", "0.875", "0.969", "0.992", "0.9995"}},
      {"ALiBi 1/16", attention::alibi(1. / 16), {"0.000", "0.000", "0.000", "0.000", "0.000"}},
      {"ALiBi 1/256", attention::alibi(1. / 256), {"0.119", "0.135", "0.135", "0.135", "0.135"}},
      {"KERPLE -sqrt t", attention::kerple_power(1, .5), {"0.000", "0.000", "0.000", "0.000", "0.000"}},
      {"KERPLE -.8 ln(1 + t)", attention::kerple_log(.8, 1), {"0.166", "0.409", "0.573", "0.687", "0.828"}},
      {"KERPLE -ln(1 + t)", attention::kerple_log(1, 1), {"0.092", "0.234", "0.337", "0.416", "0.528"}},
      {"KERPLE -2 ln(1 + t)", attention::kerple_log(2, 1), {"0.0006", "0.0010", "0.0011", "0.0012", "0.0012"}},
      {"Sandwich 1/8", attention::sandwich(1. / 8, 64, last), {"0.330", "0.697", "0.875", "0.967", "0.998"}},
      {"Sandwich 1/2", attention::sandwich(1. / 2, 64, last), {"0.002", "0.004", "0.006", "0.022", "0.292"}}};
  return list;
}

// Rows at n = 2^10 ... 2^20, system by system. Each costs a million exponentials, and most controls share them.
const std::vector<std::vector<attention::BiasRow>>& rows_of(bool ended, std::int64_t beyond) {
  static std::map<std::pair<bool, std::int64_t>, std::vector<std::vector<attention::BiasRow>>> known;
  std::vector<std::vector<attention::BiasRow>>& rows = known[{ended, beyond}];
  if (!rows.empty()) return rows;
  std::vector<std::int64_t> powers;
  for (std::int64_t n = 1024; n <= last; n *= 2) powers.push_back(n);
  for (const System& system : systems())
    rows.push_back(attention::bias_rows(ended ? attention::capped(system.bias, 128) : system.bias, beyond, powers));
  return rows;
}

// For the figure: F_512, and what it can be with a content of at most 1/2.
void curves(Inquiry& inquiry) {
  for (std::size_t k = 0; k < systems().size(); ++k)
    for (const attention::BiasRow& row : rows_of(false, window)[k]) {
      const double far = row.far.value, e = std::exp(1); // e^2S
      inquiry.row("far mass: " + systems()[k].name, {{"n", static_cast<double>(row.n)},
                                                     {"far", far},
                                                     {"lower", far / (far + e * (1 - far))},
                                                     {"upper", e * far / (e * far + 1 - far)}});
    }
}

// The largest ln of far mass with contents over far mass without, and of near masses likewise, with the rounding of a ratio.
struct Extremes {
  double far = -1e300, near = -1e300, slack = 0;
};
Extremes with_contents(const attention::RelativeBias& bias, double content, std::uint64_t key) {
  constexpr int n = 4096, draws = 8;
  std::vector<double> b(n), uniform(n);
  for (int t = 0; t < n; ++t) b[static_cast<std::size_t>(t)] = bias.at(t);
  const attention::BiasRow alone = attention::bias_rows(bias, window, {n}).front();
  Extremes found;
  // Two sums; far keys have |b| <= 50 on average in all systems that are asked, with four roundings in b and one in its addition.
  found.slack = alone.far.error / alone.far.value + alone.far.error / (1 - alone.far.value) + numerics::u64 * (2 * growth(n) + 8 + 5 * 50);
  for (int k = 0; k < draws + 2; ++k) {
    fill_uniform(key, static_cast<std::uint32_t>(k), uniform);
    double near = 0, far = 0;
    for (int t = 0; t < n; ++t) {
      const double side = t < window ? -1 : 1, random = 2 * uniform[static_cast<std::size_t>(t)] - 1;
      const double sigma = content * (k < draws ? random : k == draws ? side : -side);
      (t < window ? near : far) += std::exp(sigma + b[static_cast<std::size_t>(t)]);
    }
    found.far = std::max(found.far, std::log(far / (near + far) / alone.far.value));
    found.near = std::max(found.near, std::log(near / (near + far) / (1 - alone.far.value)));
  }
  return found;
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  constexpr double content = 1.5;
  const std::uint64_t key = key_of(inquiry.seed, "local_attention.summability-dichotomy");
  Check upper = inequality("far mass at most e^2S times that of the bias alone: ln of the ratio", -1e300,
                           broken == upper_unbounded ? 0 : 2 * content);
  Check lower = inequality("near mass at most e^2S times that of the bias alone: ln of the ratio", -1e300,
                           broken == lower_unbounded ? 0 : 2 * content);
  for (std::size_t s = 0; s < systems().size(); ++s) {
    const System& system = systems()[s];
    const std::vector<attention::BiasRow>& rows = rows_of(broken == ended, broken == beyond_four_windows ? 4 * window : window)[s];
    for (std::size_t k = 0; k < octaves.size(); ++k) {
      const attention::BiasRow& row = rows[octaves[k]];
      inquiry.check(golden("F_512(" + std::to_string(row.n) + "), " + system.name, row.far.value, system.far[k], row.far.error));
    }
    const Extremes found = with_contents(system.bias, content, key);
    upper.lhs = std::max(upper.lhs, found.far);
    lower.lhs = std::max(lower.lhs, found.near);
    upper.slack = lower.slack = std::max(upper.slack, found.slack);
    if (system.name == "KERPLE -.8 ln(1 + t)")
      inquiry.check(inequality("not local, " + system.name + ": more than half beyond 512 at n = 16384", .5,
                               rows[broken == judged_early ? 0 : 4].far.value));
  }
  inquiry.check(upper);
  inquiry.check(lower);
  if (broken == none) curves(inquiry);
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/summability-dichotomy",
     .statement =
         "A relative bias b is local, its far mass F_W(n) small for large W whatever n is, iff the sum of e^b(t) is finite; contents in "
         "[-S, S] change far and near mass by at most e^2S.",
     .source = "derived in suites/local_attention/README.md; kexue.fm/archives/9431 calls all these biases local",
     .kind = Kind::bound,
     .broken_by = {"no e^2S above, contents of -S near and +S far", "no e^2S below, contents of +S near and -S far",
                   "distances beyond 128 are not told apart", "mass beyond four windows", "locality is judged at n = 1024"},
     .ask = ask});

} // namespace
} // namespace assay
