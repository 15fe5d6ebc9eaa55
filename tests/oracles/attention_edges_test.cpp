// The truths of attention where numbers are not finite, weights vanish, or only a part is covered.
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

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

TEST(Attention, WhatIsNotFiniteStaysWithThoseWhoSeeIt) {
  const Problem p{.heads = 1, .kv_heads = 1, .queries = 20, .keys = 20, .dim = 4, .value_dim = 2, .window = 3};
  const Arrays clean(p);
  const std::vector<Truth> want = clean.attend();
  for (const double value : {nan, inf}) {
    Arrays x = clean;
    x.k[10 * 4] = x.v[15 * 2] = value;
    for (std::size_t l = 0; l < 4; ++l) x.q[(10 + l) * 4] = 1; // so that inf in the key is a score of inf
    Arrays finite = x;
    finite.k[10 * 4] = clean.k[10 * 4];
    finite.v[15 * 2] = clean.v[15 * 2];
    const std::vector<Truth> truth = x.attend(), without = finite.attend();
    for (std::size_t i = 0; i < 20; ++i) {
      const bool key = i >= 10 && i < 13, of_value = i >= 15 && i < 18;
      EXPECT_EQ(std::isnan(truth[0].value[2 * i + 1]), key) << i;
      EXPECT_EQ(std::isfinite(truth[0].value[2 * i]), !key && !of_value) << i;
      EXPECT_EQ(truth[0].bound[2 * i] == 0, key || of_value) << i;
      EXPECT_EQ(truth[1].bound[i] == inf, key && value == inf) << "nobody has to say what the log-sum-exp of inf is";
      if (!key && !of_value) {
        EXPECT_EQ(truth[0].value[2 * i], without[0].value[2 * i]);
      }
    }
  }
}

TEST(Attention, WeightsThatMayVanishDecideNothing) {
  const Problem p{.heads = 1, .kv_heads = 1, .queries = 1, .keys = 2, .dim = 1, .value_dim = 1, .scale = 1};
  Arrays x(p);
  x.k = {0, 100}; // the weight of the first key is e^-100, below 2^-126
  x.q = {1};
  x.v = {inf, 1};
  EXPECT_EQ(AttentionFwd::truth(p, x.forward(), numerics::f32, {})[0].bound[0], inf);
  x.k[1] = 10;
  EXPECT_EQ(AttentionFwd::truth(p, x.forward(), numerics::f32, {})[0].bound[0], 0);
  EXPECT_EQ(AttentionFwd::truth(p, x.forward(), numerics::f32, {})[0].value[0], inf);
  x.k[1] = 20; // 2e-9: gone in fp16, where its own rounding counts
  EXPECT_EQ(AttentionFwd::truth(p, x.forward(), numerics::bf16_mma, {})[0].bound[0], 0);
  EXPECT_EQ(AttentionFwd::truth(p, x.forward(), numerics::f16_mma, {})[0].bound[0], inf);
}

TEST(Attention, ASampleIsPartOfTheWhole) {
  for (const Layout layout : {Layout::bhsd, Layout::bshd}) {
    const Problem p{.batch = 2,
                    .heads = 4,
                    .kv_heads = 2,
                    .queries = 30,
                    .keys = 30,
                    .dim = 4,
                    .value_dim = 3,
                    .window = 9,
                    .bias = Bias::table,
                    .reach = 5,
                    .layout = layout};
    const Arrays x(p);
    const Sample sample{3, 12};
    const std::vector<Truth> part[] = {AttentionFwd::truth(p, x.forward(), numerics::f32, sample),
                                       AttentionBwd::truth(p, x.backward(), numerics::f32, sample)};
    const std::vector<Truth> whole[] = {AttentionFwd::truth(p, x.forward(), numerics::f32, {}),
                                        AttentionBwd::truth(p, x.backward(), numerics::f32, {})};
    for (const int direction : {0, 1})
      for (std::size_t k = 0; k < whole[direction].size(); ++k) {
        const Truth &some = part[direction][k], &all = whole[direction][k];
        ASSERT_FALSE(some.at.empty()) << k;
        EXPECT_LT(some.at.size(), all.value.size()) << k;
        for (std::size_t i = 0; i < some.at.size(); ++i) {
          EXPECT_EQ(some.value[i], all.value[static_cast<std::size_t>(some.at[i])]);
          EXPECT_EQ(some.bound[i], all.bound[static_cast<std::size_t>(some.at[i])]);
        }
      }
  }
}

} // namespace
} // namespace assay
