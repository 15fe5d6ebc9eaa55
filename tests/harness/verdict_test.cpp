// The rules of a verdict: what matches, what never matches, what is counted and capped.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "suites/harness/verify.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

// An op with one output of n elements, whose truth and certificate are set by the test.
std::vector<Truth> truths;
std::vector<Check> certificate;

struct Stub {
  static constexpr std::string_view name = "stub";
  struct Problem {
    int n = 1;
  };
  template <class T = double> struct Args { T* y; };
  static void axes(auto& p, auto&& v) { v("n", p.n); }
  static void arrays(const Problem& p, auto& a, auto&& v) { v.out("y", a.y, {p.n}); }
  static Work work(const Problem&, const Numerics&) { return {.flops = 0}; }
};

Verdict judged(const std::vector<double>& got, Fill fill = Fill::normal, Type type = Type::f32, bool with_truth = true) {
  OpEntry op = op_entry<Stub>();
  if (with_truth) op.truth = [](const void*, const void*, const Numerics&, Sample) { return truths; };
  if (!certificate.empty()) op.judge = [](const void*, const void*, const void*, const Numerics&) { return certificate; };
  const Stub::Problem problem{static_cast<int>(got.size())};
  const Arguments before = double_arguments(op, &problem);
  const std::vector<Array> types{{"y", Role::out, type, {problem.n}, nullptr}};
  std::vector<std::byte> bytes(got.size() * static_cast<std::size_t>(size_of(type)));
  for (std::size_t i = 0; i < got.size(); ++i) store(type, bytes.data(), static_cast<std::int64_t>(i), got[i]);
  return judge_outputs(op, &problem, numerics::f32, fill, before, types, {bytes}, {});
}

Verdict one(double got, double want, double bound, Fill fill = Fill::normal) {
  certificate.clear();
  truths = {{{want}, {bound}, {}}};
  return judged({got}, fill, Type::f64);
}

TEST(Element, WithinAtAndBeyondItsBound) {
  EXPECT_EQ(one(1, 1, 0).status, Status::pass);
  EXPECT_EQ(one(1.25, 1, 0.25).status, Status::pass);
  EXPECT_EQ(one(1.25, 1, 0.25).ratio, 1);
  EXPECT_EQ(one(0.875, 1, 0.25).ratio, 0.5);
  EXPECT_EQ(one(std::nextafter(1.25, 2), 1, 0.25).status, Status::fail);
  EXPECT_EQ(one(std::nextafter(1, 2), 1, 0).status, Status::fail);
  EXPECT_EQ(one(-0.0, 0.0, 0).status, Status::pass);
  EXPECT_EQ(one(0, 0x1p-1074, 0).status, Status::fail);
  EXPECT_EQ(one(1, 1.5, -1).status, Status::fail) << "a negative bound allows nothing";
}

TEST(Element, NotFinite) {
  EXPECT_EQ(one(nan, 1, 0.5).status, Status::fail);
  EXPECT_EQ(one(nan, inf, 0).status, Status::fail);
  EXPECT_EQ(one(nan, nan, 0).status, Status::pass) << "where the truth is NaN, NaN is demanded";
  EXPECT_EQ(one(1, nan, 0.5).status, Status::fail);
  EXPECT_EQ(one(inf, nan, 0).status, Status::fail);
  EXPECT_EQ(one(inf, inf, 0).status, Status::pass);
  EXPECT_EQ(one(-inf, inf, 0).status, Status::fail);
  EXPECT_EQ(one(inf, 1e300, 1e299).status, Status::fail);
  EXPECT_EQ(one(1e300, inf, 1e299).status, Status::fail);
  EXPECT_EQ(one(1.5, 1, nan).status, Status::fail) << "a bound that is no number allows nothing";
}

TEST(Element, IntegersDemandEquality) {
  EXPECT_EQ(one(1.25, 1, 0.5, Fill::normal).status, Status::pass);
  EXPECT_EQ(one(1.25, 1, 0.5, Fill::integers).status, Status::fail);
  EXPECT_EQ(one(1, 1, 0.5, Fill::integers).status, Status::pass);
}

TEST(Element, TheWorstIsNamed) {
  certificate.clear();
  truths = {{{1, 2, 3, 4}, {0.5, 0.5, 0.5, 0.5}, {}}};
  const Verdict verdict = judged({1.25, 2.5, 4, 4});
  EXPECT_EQ(verdict.status, Status::fail);
  EXPECT_EQ(verdict.output, "y");
  EXPECT_EQ(verdict.at, 2);
  EXPECT_EQ(verdict.got, 4);
  EXPECT_EQ(verdict.want, 3);
  EXPECT_EQ(verdict.bound, 0.5);
  EXPECT_EQ(verdict.ratio, 2);
  EXPECT_EQ(verdict.over, 1);
  EXPECT_EQ(verdict.message, "1 of 4 elements are over the bound");
}

TEST(Element, ANanIsWorseThanAnyNumber) {
  certificate.clear();
  truths = {{{1, 2, 3}, {0.5, 0.5, 0.5}, {}}};
  EXPECT_EQ(judged({9, nan, 9}).at, 1);
}

TEST(Undecided, CountedAndCappedAtATenth) {
  certificate.clear();
  truths = {{std::vector<double>(20, 1), std::vector<double>(20, 0), {}}};
  truths[0].bound[3] = truths[0].bound[4] = inf;
  std::vector<double> got(20, 1);
  got[3] = nan; // anything may stand where nothing is decided
  Verdict verdict = judged(got);
  EXPECT_EQ(verdict.status, Status::pass);
  EXPECT_EQ(verdict.undecided, 2);
  EXPECT_EQ(verdict.covered, 18);
  truths[0].bound[5] = inf;
  EXPECT_EQ(judged(got).status, Status::vacuous);
  EXPECT_EQ(judged(got, Fill::hostile).status, Status::pass) << "hostile inputs overflow on purpose";
  got[6] = 2;
  EXPECT_EQ(judged(got).status, Status::fail) << "a wrong element outranks too many undecided ones";
  std::fill(truths[0].bound.begin(), truths[0].bound.end(), inf);
  EXPECT_EQ(judged(got, Fill::hostile).status, Status::vacuous) << "nothing is decided at all";
}

TEST(Undecided, TheCapIsAShareOfWhatTheSampleCovers) {
  certificate.clear();
  truths = {{{1, 1, 1, 1}, {0, 0, inf, inf}, {5, 50, 500, 900}}}; // half of the four that are looked at
  EXPECT_EQ(judged(std::vector<double>(1000, 1)).status, Status::vacuous);
}

TEST(Sampled, ListedElementsAreHeldAgainstTheirTruth) {
  certificate.clear();
  truths = {{{5, 7}, {0, 0}, {2, 0}}};
  EXPECT_EQ(judged({7, nan, 5}).status, Status::pass);
  const Verdict verdict = judged({8, nan, 5});
  EXPECT_EQ(verdict.status, Status::fail);
  EXPECT_EQ(verdict.at, 0);
  EXPECT_EQ(verdict.covered, 2);
  EXPECT_EQ(verdict.elements, 3);
}

TEST(Truths, ThatDoNotFitAreErrors) {
  certificate.clear();
  truths = {{{1, 2}, {0, 0}, {}}};
  EXPECT_THROW(judged({1, 2, 3}), std::logic_error) << "covers two of three without saying which";
  truths = {{{1, 2, 3}, {0, 0}, {}}};
  EXPECT_THROW(judged({1, 2, 3}), std::logic_error);
  truths = {{{1}, {0}, {3}}};
  EXPECT_THROW(judged({1, 2, 3}), std::logic_error) << "lists an element that does not exist";
  truths = {};
  EXPECT_THROW(judged({1}), std::logic_error);
}

TEST(Types, EveryOneIsWidenedExactly) {
  certificate.clear();
  for (const Type type : {Type::f64, Type::f32, Type::f16, Type::bf16, Type::i64, Type::i32, Type::u64, Type::u32, Type::u8}) {
    truths = {{{0, 100}, {0, 0}, {}}};
    EXPECT_EQ(judged({0, 100}, Fill::normal, type).status, Status::pass) << name_of(type);
    EXPECT_EQ(judged({0, 101}, Fill::normal, type).status, Status::fail) << name_of(type);
  }
}

Verdict certified(std::vector<Check> checks) {
  certificate = std::move(checks);
  const Verdict verdict = judged({1}, Fill::normal, Type::f32, false);
  certificate.clear();
  return verdict;
}

TEST(Certificate, HoldsOrFailsByTheOneInequality) {
  EXPECT_EQ(certified({{"a", 1, 1, 0}}).status, Status::pass);
  EXPECT_EQ(certified({{"a", 1.5, 1, 0.5}}).ratio, 1);
  EXPECT_EQ(certified({{"a", 2, 1, 0.5}}).status, Status::fail);
  EXPECT_EQ(certified({{"a", -inf, inf, 0}}).status, Status::pass);
  EXPECT_EQ(certified({{"a", inf, inf, 0}}).ratio, 0);
  EXPECT_EQ(certified({{"a", 0, 1, -2}}).status, Status::fail);
  EXPECT_GT(certified({{"a", 0, 1, -2}}).ratio, 1);
  const Verdict nothing = certified({{"a", nan, 1, 0.5}});
  EXPECT_EQ(nothing.status, Status::fail);
  EXPECT_FALSE(nothing.ratio <= 1);
}

TEST(Certificate, TheWorstIsNamed) {
  for (const double bad : {2.0, nan, inf}) {
    const Verdict verdict = certified({{"good", 0.5, 1, 0.5}, {"bad", bad, 1, 0.5}, {"good too", 1.25, 1, 0.5}});
    EXPECT_EQ(verdict.status, Status::fail);
    EXPECT_EQ(verdict.output, "bad") << bad;
    EXPECT_EQ(verdict.over, 1);
  }
}

TEST(Certificate, NothingCheckedIsVacuous) { EXPECT_EQ(judged({1}, Fill::normal, Type::f32, false).status, Status::vacuous); }

} // namespace
} // namespace assay
