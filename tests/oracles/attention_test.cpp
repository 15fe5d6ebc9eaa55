// The truths of attention against independent ones: finite differences, the streaming form, counting, and cases with closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/oracles/attention_arrays.hpp"

namespace assay {
namespace {

using attention::Arrays;
using attention::Bias;
using attention::Layout;
using attention::Problem;

constexpr double inf = std::numeric_limits<double>::infinity();

TEST(Attention, PairsAreCounted) {
  const auto pairs = [](int n, int keys, int w) { return pairs_of(Problem{.queries = n, .keys = keys, .window = w}); };
  for (const auto& [n, w, want] : {std::tuple(8, 3, 21.0), {8, 8, 36.0}, {8, 20, 36.0}, {1, 5, 1.0}, {7, 1, 7.0}, {0, 4, 0.0}}) {
    EXPECT_EQ(pairs(n, n, w), want) << n << ", " << w;
    EXPECT_EQ(want, w <= n ? n * w - w * (w - 1) / 2 : n * (n + 1) / 2) << n << ", " << w;
  }
  EXPECT_EQ(pairs(1, 70, 33), 33) << "decoding";
  EXPECT_EQ(pairs(5, 3, 2), 1 + 2 + 2) << "two queries see nothing";
  const Problem p{.batch = 2, .heads = 4, .kv_heads = 2, .queries = 8, .keys = 8, .dim = 16, .value_dim = 32, .window = 3};
  const Work forward = AttentionFwd::work(p, numerics::bf16_mma), backward = AttentionBwd::work(p, numerics::f32);
  EXPECT_EQ(forward.flops, 2.0 * (16 + 32) * 21 * 2 * 4);
  EXPECT_EQ(forward.exps, 21.0 * 2 * 4);
  EXPECT_EQ(forward.bytes, 2.0 * (4 * 8 * 48 * 2 + 2 * 8 * 48 * 2 + 4 * 4 * 8));
  EXPECT_EQ(backward.flops, 2.0 * (3 * 16 + 2 * 32) * 21 * 2 * 4);
  EXPECT_EQ(backward.bytes, 2.0 * (4 * 8 * 2 * 48 * 4 + 2 * 8 * 2 * 48 * 4 + 8 * 4 * 8));
}

TEST(Attention, SlopesOfAlibi) {
  for (int h = 0; h < 8; ++h) EXPECT_EQ(attention::alibi_slope(h, 8), std::exp2(-h - 1));
  for (int h = 0; h < 8; ++h) EXPECT_EQ(attention::alibi_slope(h, 12), std::exp2(-h - 1));
  for (int h = 8; h < 12; ++h) EXPECT_EQ(attention::alibi_slope(h, 12), std::exp2(-(h - 8) - 0.5));
  EXPECT_EQ(attention::alibi_slope(0, 1), std::exp2(-8));
}

TEST(Attention, OneKeyIsItsValue) {
  const Arrays x({.batch = 2, .heads = 4, .kv_heads = 2, .queries = 5, .keys = 7, .dim = 3, .value_dim = 2, .window = 1});
  const std::vector<Truth> truth = x.attend();
  for (std::size_t b = 0, row = 0; b < 2; ++b)
    for (std::size_t h = 0; h < 4; ++h)
      for (std::size_t i = 0; i < 5; ++i, ++row) {
        const std::size_t key = (b * 2 + h / 2) * 7 + i + 2;
        double s = 0;
        for (std::size_t l = 0; l < 3; ++l) s += x.q[3 * row + l] * x.k[3 * key + l] / std::sqrt(3.0);
        EXPECT_NEAR(truth[1].value[row], s, 1e-15);
        for (std::size_t e = 0; e < 2; ++e) EXPECT_EQ(truth[0].value[2 * row + e], x.v[2 * key + e]);
      }
}

TEST(Attention, WhoSeesNothingHasZero) {
  for (const Problem& p :
       {Problem{.heads = 1, .kv_heads = 1, .queries = 9, .keys = 4, .dim = 3, .value_dim = 2, .window = 2},
        Problem{.batch = 3, .heads = 1, .kv_heads = 1, .queries = 9, .keys = 9, .dim = 3, .value_dim = 2, .window = 2, .padded = true}}) {
    const Arrays x(p);
    const std::vector<Truth> truth = x.attend(), gradients = AttentionBwd::truth(p, x.backward(), numerics::f64, {});
    int empty = 0;
    for (int row = 0; row < p.batch * p.queries; ++row) {
      const auto [first, past] = visible(p, row % p.queries, p.padded ? x.length[static_cast<std::size_t>(row / p.queries)] : p.keys);
      const auto at = static_cast<std::size_t>(row);
      EXPECT_EQ(truth[1].value[at] == -inf, past <= first);
      if (past > first) continue;
      ++empty;
      EXPECT_EQ(truth[0].value[2 * at], 0);
      EXPECT_EQ(truth[0].bound[2 * at], 0);
      for (std::size_t l = 0; l < 3; ++l) EXPECT_EQ(gradients[0].value[3 * at + l], 0);
    }
    EXPECT_GE(empty, 5);
  }
}

// Softmax in one pass over blocks of keys, arXiv 1805.02867: another order of everything.
TEST(Attention, TheStreamingFormAgrees) {
  const Arrays x({.heads = 1, .kv_heads = 1, .queries = 50, .keys = 60, .dim = 8, .value_dim = 1, .window = 37, .scale = 3});
  const std::vector<Truth> truth = x.attend();
  for (int i = 0; i < 50; ++i) {
    double m = -inf, l = 0, sum = 0;
    for (int block = 0; block < 60; block += 16) {
      double scores[16], top = m;
      for (int j = block; j < std::min(block + 16, 60); ++j) {
        const int t = i + 10 - j;
        double& s = scores[j - block] = t >= 0 && t < 37 ? 0 : -inf;
        for (int c = 0; c < 8; ++c) s += 3 * x.q[static_cast<std::size_t>(8 * i + c)] * x.k[static_cast<std::size_t>(8 * j + c)];
        top = std::max(top, s);
      }
      if (top == -inf) continue;
      const double kept = std::exp(m - top);
      l *= kept;
      sum *= kept;
      for (int j = block; j < std::min(block + 16, 60); ++j) {
        l += std::exp(scores[j - block] - top);
        sum += std::exp(scores[j - block] - top) * x.v[static_cast<std::size_t>(j)];
      }
      m = top;
    }
    EXPECT_NEAR(truth[0].value[static_cast<std::size_t>(i)], sum / l, 1e-13);
    EXPECT_NEAR(truth[1].value[static_cast<std::size_t>(i)], m + std::log(l), 1e-13);
  }
}

// sum d_o o + sum d_lse L, in double. Backward takes L in fp32: off by some eps in row i, its weights are those of the row times
// exp(-eps), and it is the exact gradient of the row's part of this sum times exp(-eps).
double loss(const Arrays& x, const std::vector<double>& weight) {
  const std::vector<Truth> truth = x.attend();
  double sum = 0;
  const Problem& p = x.p;
  for (int b = 0, row = 0; b < p.batch; ++b)
    for (int h = 0; h < p.heads; ++h)
      for (int i = 0; i < p.queries; ++i, ++row) {
        const auto r = static_cast<std::size_t>(row);
        if (x.lse[r] == -inf) continue;
        const auto at = static_cast<std::size_t>(row_of(p.layout, b, h, i, p.heads, p.queries, p.value_dim));
        double part = static_cast<double>(x.d_lse[r]) * truth[1].value[r];
        for (std::size_t e = 0; e < static_cast<std::size_t>(p.value_dim); ++e) part += x.d_o[at + e] * truth[0].value[at + e];
        sum += weight[r] * part;
      }
  return sum;
}

// By the five-point formula; its steps are exact in fp32 too.
template <class T> double slope(Arrays& x, const std::vector<double>& weight, T& parameter) {
  constexpr double h = 0x1p-10;
  const T middle = parameter;
  const auto at = [&](double step) {
    parameter = static_cast<T>(static_cast<double>(middle) + step);
    const double value = loss(x, weight);
    parameter = middle;
    return value;
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

class Gradients : public testing::TestWithParam<Problem> {};

TEST_P(Gradients, AreFiniteDifferences) {
  Arrays x(GetParam());
  for (float& parameter : x.bias) parameter = std::nearbyint(parameter * 0x1p12f) * 0x1p-12f; // so that steps are exact
  std::vector<Truth> forward = x.attend();
  x.o = forward[0].value;
  std::vector<double> weight(x.lse.size());
  for (std::size_t r = 0; r < x.lse.size(); ++r) {
    x.lse[r] = static_cast<float>(forward[1].value[r]);
    weight[r] = x.lse[r] == -inf ? 0 : std::exp(forward[1].value[r] - static_cast<double>(x.lse[r]));
  }
  const std::vector<Truth> truth = AttentionBwd::truth(x.p, x.backward(), numerics::f64, {});
  constexpr double close = 1e-9; // h^4 = 1e-12 times a fifth derivative, and 1e-15 / h of rounding
  for (std::size_t i = 0; i < x.q.size(); ++i) EXPECT_NEAR(truth[0].value[i], slope(x, weight, x.q[i]), close) << "d_q " << i;
  for (std::size_t i = 0; i < x.k.size(); ++i) EXPECT_NEAR(truth[1].value[i], slope(x, weight, x.k[i]), close) << "d_k " << i;
  for (std::size_t i = 0; i < x.v.size(); ++i) EXPECT_NEAR(truth[2].value[i], slope(x, weight, x.v[i]), close) << "d_v " << i;
  for (std::size_t i = 0; i < x.bias.size(); ++i) EXPECT_NEAR(truth[4].value[i], slope(x, weight, x.bias[i]), close) << "d_bias " << i;
}

Problem small(Bias bias, int reach = 1) {
  return {.batch = 2,
          .heads = 4,
          .kv_heads = 2,
          .queries = 6,
          .keys = 8,
          .dim = 4,
          .value_dim = 3,
          .window = 4,
          .scale = 0.7,
          .bias = bias,
          .reach = reach,
          .row_scale = true};
}

INSTANTIATE_TEST_SUITE_P(All, Gradients,
                         testing::Values(Problem{.heads = 2,
                                                 .kv_heads = 1,
                                                 .queries = 9,
                                                 .keys = 5,
                                                 .dim = 3,
                                                 .value_dim = 2,
                                                 .window = 3,
                                                 .padded = true,
                                                 .layout = Layout::bshd},
                                         small(Bias::alibi), small(Bias::kerple_power), small(Bias::kerple_log), small(Bias::sandwich),
                                         small(Bias::table, 3), small(Bias::table, 9)));

TEST(Attention, DiagonalSumsAddUp) {
  const Arrays x(small(Bias::table, 1));
  const std::vector<Truth> truth = AttentionBwd::truth(x.p, x.backward(), numerics::f64, {});
  for (std::size_t h = 0; h < 4; ++h) {
    double sum = 0;
    for (std::size_t t = 0; t < 4; ++t) sum += truth[3].value[4 * h + t];
    EXPECT_NEAR(sum, truth[4].value[h], 1e-14);
  }
}

} // namespace
} // namespace assay
