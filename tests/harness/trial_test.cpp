// What a call may not do, whatever it computes: each broken contract is found and named.
#include <gtest/gtest.h>

#include <cmath>

#include "suites/harness/verify.hpp"
#include "tests/harness/probe.hpp"

namespace assay {
namespace {

using Body = std::function<void(const Probe::Problem&, const ProbeArgs&)>;

Verdict verified(const Body& after_honest, bool repeatable = true, int n = 4) {
  const VariantEntry variant = probe_variant(
      [&](const Probe::Problem& p, const ProbeArgs& a, const Launch&) {
        honest(p, a);
        after_honest(p, a);
      },
      repeatable);
  const CaseEntry one = probe_case(n);
  return Trial(variant, one, 1).verify({}, 3);
}

TEST(Contract, AnHonestVariantPasses) {
  for (const int n : {0, 1, 4, 1000}) {
    const Verdict verdict = verified([](const auto&, const auto&) {}, true, n);
    EXPECT_EQ(verdict.status, Status::pass) << verdict.message;
    EXPECT_EQ(verdict.elements, 2 * n + 1);
    EXPECT_EQ(verdict.message, "");
  }
}

TEST(Contract, Guards) {
  EXPECT_EQ(verified([](const auto& p, const auto& a) { a.y[p.n] = 0; }).message, "y was written 0 bytes past its end");
  EXPECT_EQ(verified([](const auto&, const auto& a) { a.z[-1] = 0; }).message, "z was written 0 bytes before its start");
  EXPECT_EQ(verified([](const auto& p, const auto& a) { const_cast<float*>(a.x)[p.n + 2] = 0; }).message,
            "x was written 8 bytes past its end");
}

TEST(Contract, InputsStayAsTheyAre) {
  EXPECT_EQ(verified([](const auto&, const auto& a) { const_cast<float*>(a.x)[3] += 1; }).message.substr(0, 19), "input x was changed");
  int calls = 0;
  const Verdict verdict = verified([&](const auto&, const auto& a) {
    if (++calls == 3) const_cast<float*>(a.x)[0] = 0;
  });
  EXPECT_EQ(verdict.message, "input x was changed") << "after every call, not only the first";
}

TEST(Contract, OutputsThatNothingWrites) {
  const VariantEntry lazy = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch&) {
    for (int i = 0; i < p.n; ++i) {
      if (i != 2) a.y[i] = 2 * a.x[i];
      a.z[i] += 1;
    }
    *a.count = p.n;
  });
  const CaseEntry one = probe_case();
  const Verdict verdict = Trial(lazy, one, 1).verify({}, 2);
  EXPECT_EQ(verdict.status, Status::fail);
  EXPECT_EQ(verdict.message.substr(0, 50), "1 of 4 elements of y are never written, first at 2");
}

TEST(Contract, APoisonThatIsTheRightAnswerIsNotTakenForIt) {
  // -1 is all ones, the first poison of an integer, and 0x5A5A5A5A the second: leaving either in place is seen, writing it is right.
  static double wanted;
  OpEntry op = op_entry<Probe>();
  op.truth = [](const void* p, const void* before, const Numerics& numerics, Sample sample) {
    std::vector<Truth> truths =
        Probe::truth(*static_cast<const Probe::Problem*>(p), *static_cast<const Probe::Args<>*>(before), numerics, sample);
    truths[2].value = {wanted};
    return truths;
  };
  for (const double value : {-1.0, static_cast<double>(0x5A5A5A5A)}) {
    wanted = value;
    for (const bool writes : {false, true}) {
      VariantEntry variant = probe_variant([writes](const Probe::Problem& p, const ProbeArgs& a, const Launch&) {
        const std::int32_t kept = *a.count;
        honest(p, a);
        *a.count = writes ? static_cast<std::int32_t>(wanted) : kept;
      });
      variant.op = &op;
      const CaseEntry one = probe_case();
      const std::uint64_t seed = value < 0 ? 1 : 2; // a case's truths are kept, and these differ
      EXPECT_EQ(Trial(variant, one, seed).verify({}, 2).status, writes ? Status::pass : Status::fail) << value;
    }
  }
}

TEST(Contract, InoutIsRestoredBeforeEveryCall) {
  const VariantEntry variant = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch&) { honest(p, a); });
  const CaseEntry one = probe_case();
  Trial trial(variant, one, 1);
  trial.call();
  trial.call();
  EXPECT_EQ(trial.verify({}, 5).status, Status::pass);
}

TEST(Contract, Scratch) {
  const CaseEntry one = probe_case();
  VariantEntry variant = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch& launch) {
    honest(p, a);
    launch.scratch.data()[launch.scratch.size()] = std::byte{0};
  });
  variant.scratch = [](const void*) { return std::size_t{64}; };
  EXPECT_EQ(Trial(variant, one, 1).verify({}, 2).message, "scratch was written 0 bytes past its end");

  bool poisoned = true;
  variant.run = [&](const void*, const void*, const Launch&) {};
  variant.prepare = [&](const void*, const Launch& launch) {
    for (const std::byte byte : launch.scratch) poisoned = poisoned && byte == std::byte{0xFF};
    EXPECT_EQ(launch.scratch.size(), 64u);
  };
  Trial trial(variant, one, 1);
  EXPECT_TRUE(poisoned);
}

TEST(Repetition, ARepeatableVariantGivesTheSameBits) {
  int calls = 0;
  const auto drift = [&](const Probe::Problem&, const ProbeArgs& a) {
    if (++calls % 3 == 0) a.z[1] = std::nextafter(a.z[1], 9.0f); // within the bound, in the third call
  };
  const Verdict strict = verified(drift, true);
  EXPECT_EQ(strict.status, Status::fail);
  EXPECT_EQ(strict.message, "z differs between call 1 and call 3, though the variant is declared repeatable");
  calls = 0;
  EXPECT_EQ(verified(drift, false).status, Status::pass);
}

TEST(Repetition, EveryCallIsJudged) {
  for (const bool repeatable : {true, false}) {
    int calls = 0;
    const Verdict verdict = verified(
        [&](const Probe::Problem&, const ProbeArgs& a) {
          if (++calls == 2) a.y[1] = 9;
        },
        repeatable);
    EXPECT_EQ(verdict.status, Status::fail);
    EXPECT_NE(verdict.message.find("call 2"), std::string::npos) << verdict.message;
    EXPECT_EQ(verdict.at, 1);
  }
}

TEST(Inputs, DependOnSeedAndCaseAndNotOnTheVariant) {
  const VariantEntry a = probe_variant([](const auto&, const auto&, const Launch&) {}),
                     b = probe_variant([](const auto&, const auto&, const Launch&) {});
  const CaseEntry four = probe_case(4), five = probe_case(5), integers = probe_case(4, Fill::integers);
  const std::uint64_t hash = Trial(a, four, 1).input_hash();
  EXPECT_EQ(hash, Trial(b, four, 1).input_hash());
  EXPECT_NE(hash, Trial(a, four, 2).input_hash());
  EXPECT_NE(hash, Trial(a, integers, 1).input_hash());
  EXPECT_NE(case_key(four, 1), case_key(five, 1));
  EXPECT_NE(case_key(four, 1), case_key(integers, 1));
}

} // namespace
} // namespace assay

// Cases are named by the op's axes, so the op has to be known.
[[maybe_unused]] static const assay::OpEntry* const registered = assay::add_op(assay::op_entry<assay::Probe>());
