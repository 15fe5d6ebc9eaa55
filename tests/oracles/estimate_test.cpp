// Arithmetic that bounds its own rounding, against the same formulas in long double: at both ends of what a number may be, and in between.
// A bound must hold, and must not be more than what the ends differ by and a few roundings.
#include "reference/math/estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "reference/math/quadrature.hpp"
#include "reference/random.hpp"

namespace assay {
namespace {

using math::Estimate;
using Long = long double;

constexpr double u = numerics::u64;
static_assert(std::numeric_limits<Long>::digits >= 64, "truth needs more digits than double has");

// A sample of |value| between 2^-8 and 2^5, with an error of none, some roundings, or a good part of it: a power of two, so that a long
// double holds the ends of the interval exactly.
Estimate sample(std::uint32_t draw, std::uint32_t which, bool positive) {
  const auto [size, sign] = uniforms(7, which, 2 * draw);
  const auto [kind, share] = uniforms(7, which, 2 * draw + 1);
  const double value = std::exp2(13 * size - 8), unit = std::exp2(std::floor(13 * size - 8));
  return {positive || sign < 0.5 ? value : -value, kind < 0.3 ? 0
                                                              : unit * (kind < 0.6   ? std::exp2(-48 - std::floor(4 * share))
                                                                        : kind < 0.8 ? 0x1p-20
                                                                                     : 0.5)};
}

struct Operation {
  const char* name;
  std::function<Estimate(Estimate, Estimate)> bounded;
  std::function<Long(Long, Long)> exact;
  bool positive;    // both numbers
  double roundings; // that its own result may have
};

const Operation operations[] = {
    {"+", [](Estimate x, Estimate y) { return x + y; }, [](Long x, Long y) { return x + y; }, false, 1},
    {"-", [](Estimate x, Estimate y) { return x - y; }, [](Long x, Long y) { return x - y; }, false, 1},
    {"*", [](Estimate x, Estimate y) { return x * y; }, [](Long x, Long y) { return x * y; }, false, 1},
    {"/", [](Estimate x, Estimate y) { return x / y; }, [](Long x, Long y) { return x / y; }, false, 1},
    {"fabs", [](Estimate x, Estimate) { return fabs(x); }, [](Long x, Long) { return std::fabs(x); }, false, 0},
    {"sqrt", [](Estimate x, Estimate) { return sqrt(x); }, [](Long x, Long) { return std::sqrt(x); }, true, 1},
    {"exp", [](Estimate x, Estimate) { return exp(x); }, [](Long x, Long) { return std::exp(x); }, false, 2},
    {"expm1", [](Estimate x, Estimate) { return expm1(x); }, [](Long x, Long) { return std::expm1(x); }, false, 2},
    {"log", [](Estimate x, Estimate) { return log(x); }, [](Long x, Long) { return std::log(x); }, true, 2},
    {"pow 1.5", [](Estimate x, Estimate) { return pow(x, 1.5); }, [](Long x, Long) { return std::pow(x, 1.5L); }, true, 2},
    {"pow -3", [](Estimate x, Estimate) { return pow(x, -3); }, [](Long x, Long) { return std::pow(x, -3.0L); }, true, 2},
    {"sin", [](Estimate x, Estimate) { return sin(x); }, [](Long x, Long) { return std::sin(x); }, false, 2},
    {"cos", [](Estimate x, Estimate) { return cos(x); }, [](Long x, Long) { return std::cos(x); }, false, 2},
    {"erfc", [](Estimate x, Estimate) { return erfc(x); }, [](Long x, Long) { return std::erfc(x); }, false, 10}};

TEST(Estimate, BoundsWhatRoundingAndItsInputsDo) {
  for (std::uint32_t which = 0; which < std::size(operations); ++which) {
    const Operation& op = operations[which];
    bool rounds = false;
    for (std::uint32_t draw = 0; draw < 4000; ++draw) {
      const Estimate x = sample(draw, 2 * which, op.positive), y = sample(draw, 2 * which + 1, op.positive), z = op.bounded(x, y);
      Long farthest = 0;
      for (int i = -2; i <= 2; ++i)
        for (int j = -2; j <= 2; ++j) {
          const Long exact = op.exact(static_cast<Long>(x.value) + static_cast<Long>(x.error) * i / 2,
                                      static_cast<Long>(y.value) + static_cast<Long>(y.error) * j / 2);
          farthest = std::max(farthest, std::fabs(exact - static_cast<Long>(z.value)));
        }
      ASSERT_LE(farthest, z.error) << op.name << ' ' << x.value << " +- " << x.error << ", " << y.value << " +- " << y.error;
      rounds = rounds || (x.error == 0 && y.error == 0 && farthest > 0);
    }
    EXPECT_EQ(rounds, op.roundings > 0) << op.name << ": without its own rounding the bound would not have held";
  }
}

TEST(Estimate, IsNotMoreThanNeeded) {
  for (const Operation& op : operations) {
    const Estimate plain = op.bounded({1.7}, {2.3});
    EXPECT_LE(plain.error, op.roundings * u * std::fabs(plain.value) * (1 + 1e-12) + 0x1p-1074) << op.name;
    const double off = 1e-6;
    const Estimate z = op.bounded({1.7, off}, {2.3, off});
    Long farthest = 0;
    for (const int i : {-1, 1})
      for (const int j : {-1, 1})
        farthest = std::max(farthest, std::fabs(op.exact(1.7 + i * static_cast<Long>(off), 2.3 + j * static_cast<Long>(off)) -
                                                op.exact(static_cast<Long>(1.7), static_cast<Long>(2.3))));
    const bool flat = op.name[0] == 's' || op.name[0] == 'c'; // sine and cosine take their steepest slope
    EXPECT_LE(z.error, flat ? 1.01 * off : static_cast<double>(farthest) * (1 + 1e-5) + 1e-14) << op.name;
  }
}

TEST(Estimate, KnowsWhatCancellationLeaves) {
  const Estimate left = 1e8 + Estimate{0.1} - 1e8; // 0.1 + 1e8 has a unit of 1.5e-8 in the last place
  EXPECT_GT(std::fabs(left.value - 0.1), 1e-9);
  EXPECT_LE(std::fabs(left.value - 0.1), left.error);
  EXPECT_LE(left.error, 2e8 * u);
}

TEST(Estimate, IsInfiniteWhereTheFunctionIsNotDefinedAllOver) {
  EXPECT_TRUE(std::isinf((1 / Estimate{0.1, 0.1}).error));
  EXPECT_TRUE(std::isinf(log(Estimate{0.1, 0.1}).error));
  EXPECT_TRUE(std::isinf(pow(Estimate{0.1, 0.1}, -1).error));
  EXPECT_LE(std::fabs(sqrt(Estimate{0, 0.01}).error - 0.1), 1e-15);
}

TEST(Estimate, UnderflowIsNotZeroError) {
  const Estimate tiny = exp(Estimate{-800});
  EXPECT_EQ(tiny.value, 0);
  EXPECT_GT(tiny.error, 0);
  EXPECT_GE(exp(Estimate{-800, 200}).error, std::exp(-600.0)); // though exp(-800) is 0, and any multiple of it
  EXPECT_GT((Estimate{1e-200} * 1e-200).error, 0);
}

// The integral of a function off by 1e-9 everywhere is off by that times the length; at nodes that are rounded a steep function is off
// more.
TEST(Estimate, QuadratureCarriesErrorsOfTheFunctionAndOfItsNodes) {
  const auto off = [](Estimate x) { return sin(x) + Estimate{0, 1e-9}; };
  const auto plain = [](double x) { return std::sin(x); };
  const Estimate known = math::integrate(plain, {0, 1, 2, 3}), vague = math::integrate(off, {0, 1, 2, 3});
  EXPECT_EQ(vague.value, known.value);
  EXPECT_NEAR(vague.error - known.error, 3e-9, 1e-14);

  const auto steep = [](Estimate x) { return exp(1000 * (x - 1e6)); };
  const Estimate shaken = math::gauss_kronrod(steep, 1e6, 1e6 + 0x1p-10);
  const Long truth = std::expm1(1000 * 0x1p-10L) / 1000;
  EXPECT_LE(std::fabs(static_cast<Long>(shaken.value) - truth), shaken.error);
  EXPECT_GT(shaken.error, 1e3 * u * shaken.value);
}

} // namespace
} // namespace assay
