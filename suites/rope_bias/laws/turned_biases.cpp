// Law: the curve is the score of the two biases, turned to positions of that distance: B(m - n) = (R_m a) . (R_n b). So it is even in the
// distance only where a and b point the same way: exchanged biases mirror it.
#include <algorithm>
#include <cmath>

#include "reference/random.hpp"
#include "reference/rope/bias_curve.hpp"
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

// A variant of fp32 loses 2^-40.
Numerics numerics_of(const Apply<BiasCurve>& apply) {
  const double a[] = {1, 0}, b[] = {1 + 0x1p-40, 0};
  double curve = 0;
  BiasCurve::Args<> args{a, b, &curve};
  apply({.heads = 1, .dim = 2, .count = 1}, args);
  return curve == b[0] ? numerics::f64 : numerics::f32;
}

struct Curve {
  std::vector<double> value, bound;
};

Curve curve_of(const BiasCurve::Problem& p, const std::vector<double>& a, const std::vector<double>& b, const Numerics& n,
               const Apply<BiasCurve>& apply) {
  Curve curve{std::vector<double>(static_cast<std::size_t>(p.heads * p.count)), {}};
  BiasCurve::Args<> args{a.data(), b.data(), curve.value.data()};
  apply(p, args);
  curve.bound = BiasCurve::truth(p, args, n, {})[0].bound;
  return curve;
}

void ask(Inquiry& inquiry, const Apply<BiasCurve>& apply) {
  const Numerics n = numerics_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    const std::string form = std::string(name_of(pairing)) + ": ";
    BiasCurve::Problem p{.heads = 1, .dim = 32, .pairing = pairing, .first = -20, .count = 41};
    std::vector<double> a(32), b(32);
    fill_normal(key_of(inquiry.seed, "turned-biases"), 0, a);
    fill_normal(key_of(inquiry.seed, "turned-biases"), 1, b);
    for (std::vector<double>* x : {&a, &b})
      for (double& each : *x) each = static_cast<float>(each);
    const Curve plain = curve_of(p, a, b, n, apply), exchanged = inquiry.broken == 1 ? plain : curve_of(p, b, a, n, apply);
    Worst mirror, score;
    for (std::size_t t = 0; t < plain.value.size(); ++t) {
      const std::size_t back = plain.value.size() - 1 - t;
      mirror.see(exchanged.value[back] - plain.value[t], exchanged.bound[back] + plain.bound[t]);
      const Problem rows{.tokens = 1, .heads = 1, .kv_heads = 1, .dim = 32, .rotary = 32, .pairing = pairing};
      const std::int64_t distance = p.first + static_cast<std::int64_t>(t), key = 1000,
                         query = key + (inquiry.broken == 2 ? -distance : distance);
      std::vector<double> x(32), y(32);
      rotate(rows, Side::query, query, a.data(), nullptr, x.data());
      rotate(rows, Side::key, key, b.data(), nullptr, y.data());
      double sum = 0, norms = 0;
      for (std::size_t e = 0; e < 32; ++e) sum += x[e] * y[e];
      // The right side in double: an element of a pair to 4 units of |first| + |second|, twice, and a sum of 32 products.
      for (int i = 0; i < 16; ++i) {
        const auto [first, second] = pair_at(pairing, 32, i);
        const auto j = static_cast<std::size_t>(first), k = static_cast<std::size_t>(second);
        norms += (std::fabs(a[j]) + std::fabs(a[k])) * (std::fabs(b[j]) + std::fabs(b[k]));
      }
      score.see(sum - plain.value[t], plain.bound[t] + (2 * 2 * 4 + 2 * 32) * numerics::u64 * norms);
    }
    inquiry.check(mirror.check(form + "exchanged biases at the opposite distance"));
    inquiry.check(score.check(form + "curve and score of turned biases"));
  }
}

} // namespace

ASSAY_LAW(Law<BiasCurve>{.name = "turned-biases",
                         .statement = "the curve is the score of the turned biases; exchanging them mirrors it",
                         .broken_by = {"biases are not exchanged", "distance is key minus query"},
                         .ask = ask});

} // namespace assay
