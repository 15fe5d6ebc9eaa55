// The rules of an inquiry: the true form holds, every control fails, and what no control fails is unproven.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "suites/harness/inquire.hpp"
#include "suites/harness/worst.hpp"
#include "tests/harness/probe.hpp"

namespace assay {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

TEST(Checks, OneInequality) {
  EXPECT_TRUE(holds({"", 1, 1, 0}));
  EXPECT_TRUE(holds({"", 1.5, 1, 0.5}));
  EXPECT_FALSE(holds({"", std::nextafter(1.5, 2), 1, 0.5}));
  EXPECT_FALSE(holds({"", nan, 1, 1}));
  EXPECT_FALSE(holds({"", 1, nan, 1}));
  EXPECT_FALSE(holds({"", 1, 1, nan}));
  EXPECT_FALSE(holds({"", 1, inf, -inf}));
}

TEST(Checks, Makers) {
  EXPECT_TRUE(holds(identity("", 1, 1.5, 0.5)));
  EXPECT_FALSE(holds(identity("", 1.75, 1, 0.5)));
  EXPECT_FALSE(holds(identity("", 1, 1.75, 0.5)));
  EXPECT_FALSE(holds(identity("", inf, inf, 1))) << "inf - inf is no equality";
  EXPECT_TRUE(holds(inequality("", -5, 1)));
  EXPECT_FALSE(holds(inequality("", 2, 1, 0.5)));
  EXPECT_TRUE(holds(bitwise("", 0)));
  EXPECT_FALSE(holds(bitwise("", 1)));
  EXPECT_TRUE(holds(slope("", {0, 1, 2}, {1, 3, 5}, 2, 0)));
  EXPECT_DOUBLE_EQ(least_squares_slope({1, 2, 4}, {2, 3, 9}), 17.0 / 7);
}

TEST(Checks, ErrorsOfEstimatesCountForAnIdentityAndAgainstAnInequality) {
  const math::Estimate one{1, 0.25}, more{1.5, 0.125};
  EXPECT_FALSE(holds(identity("", one, more)));
  EXPECT_TRUE(holds(identity("", one, {1.5, 0.25})));
  EXPECT_FALSE(holds(identity("", one, {1.5, nan})));
  EXPECT_TRUE(holds(inequality("", one, more)));
  EXPECT_FALSE(holds(inequality("", one, {1.5, 0.375}))) << "1.25 <= 1.125";
  EXPECT_FALSE(holds(inequality("", one, {inf, inf}))) << "a vacuous bound";
  EXPECT_TRUE(holds(golden("", {0.12, 0.0006}, "0.119")));
  EXPECT_FALSE(holds(golden("", {0.12, 0.0004}, "0.119")));
}

TEST(Checks, AGoldenNumberAgreesToItsLastPrintedDigit) {
  EXPECT_TRUE(holds(golden("", 0.11949, "0.119")));
  EXPECT_FALSE(holds(golden("", 0.11951, "0.119")));
  EXPECT_TRUE(holds(golden("", 0.11951, "0.119", 2e-5)));
  EXPECT_TRUE(holds(golden("", -4.349e-16, "-4.3e-16")));
  EXPECT_FALSE(holds(golden("", -4.36e-16, "-4.3e-16")));
  EXPECT_TRUE(holds(golden("", 131041, "131041")));
  EXPECT_FALSE(holds(golden("", 131042, "131041")));
  EXPECT_TRUE(holds(golden("", 28.4375, ".284375e2")));
  EXPECT_THROW(golden("", 1, "1 %"), std::logic_error);
  EXPECT_EQ(golden("", 0.5, "1").published, "1");
}

TEST(Checks, OfManyDifferencesTheWorstCountsAndNaNStays) {
  Worst worst;
  worst.see(0, 0);
  worst.see(-1, 2);
  worst.see(1, inf);
  EXPECT_EQ(worst.check("").lhs, 0.5);
  worst.see(2, 2);
  EXPECT_TRUE(holds(worst.check("")));
  worst.see(2, 1);
  EXPECT_FALSE(holds(worst.check("")));
  Worst lost;
  lost.see(nan, 1);
  lost.see(1, 2);
  EXPECT_FALSE(holds(lost.check("")));
}

TEST(Checks, NormalThresholds) { // two-sided quantiles, from tables
  EXPECT_NEAR(normal_threshold(0.05), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_threshold(1e-6), 4.891638475698590, 1e-13);
  const Check check = sampled("", -5, 1e-6);
  EXPECT_EQ(check.alpha, 1e-6);
  EXPECT_FALSE(holds(check));
  EXPECT_TRUE(holds(sampled("", -4.8, 1e-6)));
}

// lhs <= 1 in the true form, and what the controls make of it.
Outcome asked(double truth, const std::vector<double>& controls, double alpha = 0) {
  const std::vector<std::string_view> names(controls.size(), "control");
  return ask(
      names,
      [&](Inquiry& inquiry) {
        const double lhs = inquiry.broken == 0 ? truth : controls[static_cast<std::size_t>(inquiry.broken) - 1];
        inquiry.check({"lhs", lhs, 0, 1, alpha});
      },
      1, false);
}

TEST(Inquiry, Status) {
  EXPECT_EQ(asked(1, {2}).status, Status::pass);
  EXPECT_EQ(asked(2, {2}).status, Status::fail);
  EXPECT_EQ(asked(nan, {2}).status, Status::fail);
  EXPECT_EQ(asked(1, {2, 1}).status, Status::vacuous);
  EXPECT_EQ(asked(1, {2, 1}).message, "control 'control' also passes");
  EXPECT_EQ(asked(1, {}).status, Status::vacuous);
  EXPECT_EQ(asked(2, {1}).status, Status::fail) << "false outranks vacuous";
  EXPECT_EQ(ask(
                {"control"}, [](Inquiry&) {}, 1, false)
                .message,
            "it checks nothing");
  EXPECT_EQ(asked(1, {nan}).status, Status::pass) << "a control without a number does not pass";
}

TEST(Inquiry, ASampledControlHasToBeFiveStandardErrorsBeyond) {
  EXPECT_EQ(asked(1, {std::nextafter(6, 0)}, 1e-6).status, Status::vacuous);
  EXPECT_EQ(asked(1, {6}, 1e-6).status, Status::pass);
  EXPECT_EQ(asked(1, {nan}, 1e-6).status, Status::pass);
  EXPECT_EQ(asked(1, {2}, 1e-6).unproven, std::vector<std::string>{"lhs"});
}

TEST(Inquiry, AlphasAddUpAndTheClosestCheckCounts) {
  const Outcome outcome = ask(
      {"both"},
      [](Inquiry& inquiry) {
        const double worse = inquiry.broken * 100;
        inquiry.check({"a", 0.5 + worse, 0, 1, 1e-6});
        inquiry.check({"b", 0.75 + worse, 0, 1, 2e-6});
      },
      1, false);
  EXPECT_DOUBLE_EQ(outcome.alpha, 3e-6);
  EXPECT_EQ(outcome.used, 0.75);
  EXPECT_TRUE(outcome.unproven.empty());
}

TEST(Inquiry, UsedShare) {
  EXPECT_EQ(share_used({"", 0, 2, 0}), 0);
  EXPECT_EQ(share_used({"", 1, 2, 0}), 0.5);
  EXPECT_EQ(share_used({"", -1, 2, 0}), 0);
  EXPECT_EQ(share_used({"", 0.25, 0, 0.5}), 0.5);
  EXPECT_EQ(share_used({"", 1, 0, 0}), inf);
  EXPECT_EQ(share_used({"", nan, 0, 1}), inf);
  for (const Check& check : {Check{"", -3, -2, 0}, Check{"", -2, -2, 0}, Check{"", -1.5, -2, 1}}) {
    EXPECT_LE(share_used(check), 1) << "a check that holds uses at most its allowance";
    EXPECT_GE(share_used(check), 0);
  }
}

TEST(Inquiry, UnprovenChecksAreNamed) {
  const Outcome outcome = ask(
      {"first", "second"},
      [](Inquiry& inquiry) {
        inquiry.check(identity("a", inquiry.broken == 1, 0, 0));
        inquiry.check(identity("b", inquiry.broken == 2, 0, 0));
        inquiry.check(identity("c", 0, 0, 0));
      },
      1, false);
  EXPECT_EQ(outcome.status, Status::pass);
  EXPECT_EQ(outcome.unproven, std::vector<std::string>{"c"});
  ASSERT_EQ(outcome.controls.size(), 2u);
  EXPECT_EQ(outcome.controls[0].check->what, "a");
  EXPECT_EQ(outcome.controls[1].check->what, "b");
}

TEST(Inquiry, SeriesKeepTheirColumnsAndComeFromTheTrueForm) {
  const Outcome outcome = ask(
      {"control"},
      [](Inquiry& inquiry) {
        inquiry.row("line", {{"x", 1}, {"y", inquiry.broken}});
        inquiry.row("line", {{"x", 2}, {"y", inquiry.broken}});
        inquiry.check(identity("a", inquiry.broken, 0, 0));
      },
      1, false);
  ASSERT_EQ(outcome.series.size(), 1u);
  EXPECT_EQ(outcome.series[0].columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(outcome.series[0].rows, (std::vector<std::vector<double>>{{1, 0}, {2, 0}}));
  Inquiry inquiry;
  inquiry.row("line", {{"x", 1}});
  EXPECT_THROW(inquiry.row("line", {{"y", 1}}), std::logic_error);
  EXPECT_THROW(inquiry.row("line", {}), std::logic_error);
  EXPECT_THROW(inquiry.row("line", {{"x", 1}, {"y", 1}}), std::logic_error);
}

// The law "y = 2 x", asked of a variant: arguments are rounded to its storage, results come back in double.
Outcome law_of(const VariantEntry& variant) {
  LawEntry law{"probe", "doubling", "y = 2 x", {"three times"}, [](Inquiry& inquiry, const auto& apply) {
                 const Probe::Problem problem{3};
                 const std::vector<double> x{1, 1.0 / 3, 3};
                 std::vector<double> y(3), z(3);
                 std::int32_t count = 0;
                 const Probe::Args<> args{x.data(), y.data(), z.data(), &count};
                 Probe::Args<> copy = args;
                 apply(&problem, &copy);
                 std::int64_t differing = 0;
                 for (std::size_t i = 0; i < 3; ++i)
                   differing += y[i] != (inquiry.broken == 1 ? 3 : 2) * static_cast<double>(static_cast<float>(x[i]));
                 inquiry.check(bitwise("y", differing));
                 inquiry.check(bitwise("count", count != (inquiry.broken == 1 ? 2 : 3)));
               }};
  return ask_law(law, variant, 1, false);
}

TEST(Law, IsAskedOfTheVariant) {
  VariantEntry variant = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch&) { honest(p, a); });
  EXPECT_EQ(law_of(variant).status, Status::pass);
  variant = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch&) {
    honest(p, a);
    a.y[1] = 0;
  });
  EXPECT_EQ(law_of(variant).status, Status::fail);
  variant.accepts = [](const void*) { return false; };
  EXPECT_THROW(law_of(variant), NotAccepted);
}

TEST(Law, ScratchIsPoisonedAsEverywhere) {
  std::size_t kept = 0;
  VariantEntry variant = probe_variant([&](const Probe::Problem& p, const ProbeArgs& a, const Launch& launch) {
    honest(p, a);
    for (const std::byte byte : launch.scratch) kept += byte != std::byte{0xFF};
  });
  variant.scratch = [](const void*) { return std::size_t{100'000}; };
  EXPECT_EQ(law_of(variant).status, Status::pass);
  EXPECT_EQ(kept, 0u);
}

// Power: an op whose truth ignores what a decoy changes lets that decoy pass.
Outcome power_of(const OpEntry& op, const std::vector<CaseEntry>& list) {
  std::vector<const CaseEntry*> pointers;
  for (const CaseEntry& one : list) pointers.push_back(&one);
  return ask_power(
      op, numerics::f32, pointers, [&](const void* problem) { return op.arrays(problem, op.make_args().get()); }, 1);
}

std::vector<std::string> accepted(const Outcome& outcome) {
  std::vector<std::string> names;
  for (const Control& control : outcome.controls)
    if (!control.rejected) names.push_back(control.breaks);
  return names;
}

TEST(Power, EveryDecoyIsRejectedByAnHonestTruth) {
  const Outcome outcome = power_of(op_entry<Probe>(), {probe_case(4)});
  EXPECT_EQ(outcome.status, Status::pass) << outcome.message;
  EXPECT_EQ(outcome.controls.size(), 3u) << "n cannot be off by one: it is a size";
}

TEST(Power, OneRejectingCaseIsEnoughAndNoneIsVacuous) {
  OpEntry op = op_entry<Probe>();
  op.truth = [](const void* problem, const void*, const Numerics&, Sample) -> std::vector<Truth> {
    const auto n = static_cast<std::size_t>(static_cast<const Probe::Problem*>(problem)->n); // does not look at its inputs
    const std::vector<double> ones(n, 1), none(n, 0);
    return {{ones, none, {}}, {ones, none, {}}, {{1}, {0}, {}}};
  };
  const Outcome outcome = power_of(op, {probe_case(4), probe_case(5)});
  EXPECT_EQ(outcome.status, Status::vacuous);
  EXPECT_EQ(accepted(outcome), (std::vector<std::string>{"shift by one", "truth of another seed"}));
  EXPECT_EQ(power_of(op, {}).status, Status::vacuous);
  // A shift does not show in one element, but it does in the second case.
  EXPECT_EQ(accepted(power_of(op_entry<Probe>(), {probe_case(1)})), std::vector<std::string>{"shift by one"});
  EXPECT_EQ(power_of(op_entry<Probe>(), {probe_case(1), probe_case(4)}).status, Status::pass);
}

TEST(Power, RefusedProblemsAreLeftOut) {
  OpEntry op = op_entry<Probe>();
  op.refuse = [](const void* problem) { return std::string(static_cast<const Probe::Problem*>(problem)->n < 0 ? "negative" : ""); };
  EXPECT_EQ(power_of(op, {probe_case(-1), probe_case(4)}).status, Status::pass);
}

} // namespace
} // namespace assay
