// How large the four terms are: by the fourth term alone nothing is localised unless biases are of the size of the activations.
#include <array>
#include <cmath>

#include "reference/random.hpp"
#include "reference/rope/expected.hpp"
#include "reference/rope/profile.hpp"
#include "suites/harness/inquiry.hpp"

namespace assay {
namespace {

enum Broken { none, r_forgotten, scaled_scores, quarter_turn };
constexpr int d = 64;
constexpr double r = .5;

// One sequence of 1024 normal queries and keys, distances up to half of it.
void figure(Inquiry& inquiry, std::uint64_t key, const rope::Pairs& a, const std::vector<double>& theta) {
  std::vector<rope::Pairs> q, k;
  for (std::uint32_t n = 0; n < 1024; ++n) {
    q.push_back(rope::normal_pairs(key, 4 + 2 * n, d, 1));
    k.push_back(rope::normal_pairs(key, 5 + 2 * n, d, 1));
  }
  std::vector<std::size_t> distances;
  for (std::size_t distance = 0; distance < 512; distance += distance < 32 ? 1 : 4) distances.push_back(distance);
  const rope::Profile profile = rope::term_profile(q, k, a, a, theta, distances);
  for (std::size_t row = 0; row < profile.size(); ++row) {
    const auto& [t1, t2, t3, t4] = profile[row];
    inquiry.row("terms", {{"distance", static_cast<double>(distances[row])},
                          {"t1", t1.mean},
                          {"t1_deviation", t1.deviation},
                          {"t2", t2.mean},
                          {"t2_deviation", t2.deviation},
                          {"t3", t3.mean},
                          {"t3_deviation", t3.deviation},
                          {"t4", t4.mean}});
  }
}

void ask(Inquiry& inquiry) {
  const std::vector<double> theta = rope::frequencies(1e4, d);
  const std::uint64_t key = key_of(inquiry.seed, "rope.term-moments");
  rope::Pairs a = rope::normal_pairs(key, 0, d, 1);
  const double length = std::sqrt(rope::dot(a, a));
  for (std::complex<double>& pair : a) pair *= r * std::sqrt(d) / length;
  const rope::Pairs b = inquiry.broken == quarter_turn ? rope::rotated(a, std::vector<double>(theta.size(), 1), std::acos(0)) : a;
  const rope::Moments want = rope::term_moments(d, inquiry.broken == r_forgotten ? 1 : r);

  std::array<double, 3> squares{};
  const double draws = inquiry.thorough ? 400000 : 40000, delta = 37;
  const rope::Pairs turned_a = rope::rotated(a, theta, delta), turned_b = rope::rotated(b, theta, -delta);
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    const rope::Pairs q = rope::normal_pairs(key, 2 * draw + 4000, d, 1), k = rope::normal_pairs(key, 2 * draw + 4001, d, 1);
    const double scale = inquiry.broken == scaled_scores ? std::sqrt(d) : 1;
    const double term[] = {rope::dot(q, rope::rotated(k, theta, -delta)) / scale, rope::dot(turned_a, k), rope::dot(q, turned_b)};
    for (std::size_t t = 0; t < 3; ++t) squares[t] += term[t] * term[t] / draws;
  }
  // Variances of squares from the laws, not from the sample: t1^2 has 3 d (d + 2) - d^2, normal t2 and t3 have twice their variance
  // squared.
  const double variance[] = {2. * d * d + 6. * d, 2 * std::pow(want.t2, 4), 2 * std::pow(want.t3, 4)};
  const double deviation[] = {want.t1, want.t2, want.t3};
  const char* const name[] = {"variance of q.R k is d", "variance of a.R k is r^2 d", "variance of q.R b is r^2 d"};
  for (std::size_t t = 0; t < 3; ++t) {
    inquiry.check(sampled(name[t], (squares[t] - deviation[t] * deviation[t]) / std::sqrt(variance[t] / draws), 1e-8));
    inquiry.row("moments", {{"term", static_cast<double>(t + 1)}, {"deviation", std::sqrt(squares[t])}, {"expected", deviation[t]}});
  }
  inquiry.check(golden("a.b for a = b", rope::dot(a, b), "16", 4 * d * numerics::u64 * want.t4));
  inquiry.check(
      identity("a.b over the deviation of q.R k is r^2 sqrt(d)", rope::dot(a, b) / want.t1, r * r * std::sqrt(d), 4 * d * numerics::u64));
  inquiry.check(
      identity("a.b over the deviation of q.R b is r sqrt(d)", rope::dot(a, b) / want.t3, r * std::sqrt(d), 8 * d * numerics::u64));
  if (inquiry.broken == none) figure(inquiry, key, a, theta);
}

ASSAY_CLAIM(
    {.id = "claim/rope_bias/term-moments",
     .statement = "For unit noise and |a| = |b| = r sqrt(d) the terms have deviations sqrt(d), r sqrt(d), r sqrt(d), against r^2 d of the "
                  "fourth at Delta = 0",
     .source = "Su, kexue.fm 9577, made precise",
     .kind = Kind::sampled,
     .broken_by = {"r left out of the expected deviations", "scores divided by sqrt(d)", "b a quarter turn from a"},
     .ask = ask});

} // namespace
} // namespace assay
