#include <cmath>
#include <string>

#include "reference/attention/xpos.hpp"
#include "reference/storage.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, centred, other_gamma, subnormal_counted };

constexpr double u = numerics::u64;

double in_fp16(double x) { return static_cast<double>(widen(to_fp16(x))); }
double in_bf16(double x) { return static_cast<double>(widen(to_bf16(x))); }
double in_fp32(double x) { return static_cast<double>(static_cast<float>(x)); }

// The least n with f(n), f monotone.
template <class Condition> int least(Condition f) {
  int low = 0, high = 1 << 20;
  while (high - low > 1) (f((low + high) / 2) ? high : low) = (low + high) / 2;
  return high;
}

void ask(Inquiry& inquiry) {
  const int broken = inquiry.broken;
  const double zeta = attention::xpos_zeta(0, 64, broken == other_gamma ? .5 : .4), part = broken == centred ? 2 : 1;
  const auto key_scale = [zeta](double t) { return std::pow(zeta, -t / attention::xpos_base); };
  const auto overflows = [&](double (*store)(double), double size) {
    return least([&](int n) { return std::isinf(store(size * key_scale(n / part))); });
  };
  inquiry.check(golden("zeta_0", zeta, "0.285714", 2 * u));
  inquiry.check(golden("least n whose key scale is infinite in fp16", overflows(in_fp16, 1), "4533"));
  inquiry.check(golden("least n whose key scale is infinite in fp32", overflows(in_fp32, 1), "36261"));
  // bf16 has the exponents of fp32 and fewer digits: what rounds to infinity begins half a unit above its largest number, a little earlier.
  inquiry.check(identity("least n whose key scale is infinite in bf16", overflows(in_bf16, 1),
                         std::ceil(attention::xpos_base * std::log(0x1p128 * (1 - 0x1p-9)) / std::log(3.5)), 0));
  inquiry.check(golden("least n in fp16 with keys up to 16", overflows(in_fp16, 16), "3400"));
  const auto query_scale = [&](double n) { return in_fp16(std::pow(zeta, n / part / attention::xpos_base)); };
  const double smallest = broken == subnormal_counted ? 0x1p-24 : 0x1p-14;
  inquiry.check(
      golden("last n whose query scale is a normal number of fp16", least([&](int n) { return query_scale(n) < smallest; }) - 1, "3966"));

  // Centred at the position n / 2, rounded down, the last of the positions 0 ... n is n - n / 2 away from it.
  const auto longest = [&](double (*store)(double)) {
    return least([&](int n) { return std::isinf(store(key_scale(broken == centred ? n : n - n / 2))); }) - 1;
  };
  inquiry.check(golden("last position in fp16, scales centred", longest(in_fp16), "9064"));
  inquiry.check(golden("last position in fp32, scales centred", longest(in_fp32), "72520"));
  for (int n = 0; n <= 40960; n += 256)
    inquiry.row("scales", {{"n", n},
                           {"key", std::log10(key_scale(n))},
                           {"query", -std::log10(key_scale(n))},
                           {"centred", std::log10(key_scale(n / 2.))},
                           {"slowest_key", -n / attention::xpos_base * std::log10(attention::xpos_zeta(31, 64))}});
}

ASSAY_CLAIM(
    {.id = "claim/local_attention/xpos-overflow",
     .statement =
         "Without centring, the key scale zeta_0^(-n / 512) of xPos overflows fp16 at n = 4533 and fp32 at 36261; centring doubles both.",
     .source = "xPos: arXiv 2212.10554; IEEE 754 formats",
     .kind = Kind::exact,
     .broken_by = {"centred scales taken for plain ones, and plain for centred", "gamma = .5", "subnormals counted as normal"},
     .ask = ask});

} // namespace
} // namespace assay
