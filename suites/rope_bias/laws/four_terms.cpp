// Law: biases before the rotation add three terms to a score. With q, k at positions m, n and biases a, b
//   (R_m (q + a)) . (R_n (k + b)) = q.R k + a.R k + q.R b + B(m - n),   R = R_{n - m},
//   B(D) = sum_i Re w_i cos(D theta_i) + Im w_i sin(D theta_i),   w = conj(a) b;
// the last one is a bias on the distance, of which a bias that is added after the rotation leaves a constant. Source:
// kexue.fm/archives/9577. Slack as in shift_invariance.cpp; the right side is in double.
#include "suites/rope_bias/calls.hpp"

namespace assay {
namespace {

using namespace rope;

double dot(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t e = 0; e < x.size(); ++e) sum += x[e] * y[e];
  return sum;
}

void ask(Inquiry& inquiry, const Apply<RopeFwd>& apply) {
  const Type storage = storage_of(apply);
  for (const Pairing pairing : {Pairing::interleaved, Pairing::half_split}) {
    Call call({.tokens = 8, .heads = 1, .kv_heads = 1, .dim = 32, .rotary = 32, .pairing = pairing, .start = 40}, storage, inquiry.seed);
    const std::vector<Truth> bounds = call.truth(storage);
    const Problem p = call.problem;
    const auto dim = static_cast<std::size_t>(p.dim);
    if (inquiry.broken == 1) call.problem.bias = false;
    call.run(apply);
    const std::vector<double> a(call.q_bias.begin(), call.q_bias.end()), b(call.k_bias.begin(), call.k_bias.end());
    if (inquiry.broken == 1)
      for (std::size_t i = 0; i < call.q_out.size(); ++i) call.q_out[i] += a[i % dim], call.k_out[i] += b[i % dim];
    const auto row = [&](const std::vector<double>& all, std::int64_t t) { return all.data() + static_cast<std::size_t>(t) * dim; };
    const auto turned = [&](Side side, std::int64_t t, const double* x) {
      std::vector<double> y(dim);
      rotate(p, side, p.start + t, x, nullptr, y.data());
      return y;
    };
    Worst worst;
    for (std::int64_t m = 0; m < p.tokens; ++m)
      for (std::int64_t n = 0; n < p.tokens; ++n) {
        double curve = 0;
        for (int i = 0; i < p.rotary / 2; ++i) {
          const auto [first, second] = pair_at(pairing, p.rotary, i);
          const auto j = static_cast<std::size_t>(first), k = static_cast<std::size_t>(second);
          const double phi = static_cast<double>(m - n) * frequency(i, p.rotary, p.base);
          curve +=
              (a[j] * b[j] + a[k] * b[k]) * std::cos(phi) + (inquiry.broken == 2 ? -1 : 1) * (a[j] * b[k] - a[k] * b[j]) * std::sin(phi);
        }
        const std::vector<double> q = turned(Side::query, m, row(call.q, m)), k = turned(Side::key, n, row(call.k, n));
        const std::vector<double> turned_a = turned(Side::query, m, a.data()), turned_b = turned(Side::key, n, b.data());
        const double sum = dot(q, k) + dot(turned_a, k) + dot(q, turned_b) + curve;
        const Score score = score_of(row(call.q_out, m), row(bounds[0].bound, m), row(call.k_out, n), row(bounds[1].bound, n), p.dim);
        worst.see(score.value - sum, score.slack);
      }
    inquiry.check(worst.check(std::string(name_of(pairing)) + ": score and sum of four terms"));
  }
}

} // namespace

ASSAY_LAW(Law<RopeFwd>{.name = "four-terms",
                       .statement = "biases before the rotation add three terms to a score, the last a function of the distance alone",
                       .broken_by = {"biases are added after the rotation", "the sine part has the other sign"},
                       .ask = ask});

} // namespace assay
