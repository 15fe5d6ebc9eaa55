// What is kept of a case is what would be computed again, and it is asked for by everything that it depends on.
#include "suites/harness/recall.hpp"

#include <gtest/gtest.h>

#include "tests/harness/probe.hpp"

namespace assay {
namespace {

std::vector<double> inputs(const std::function<void(const OpEntry&, const void*, Arguments&)>& fill, int n) {
  const CaseEntry one = probe_case(n);
  Arguments doubles = double_arguments(op_entry<Probe>(), one.problem.get());
  for (std::size_t i = 0; i < doubles.count(); ++i) doubles.buffer(i).poison(0xFF);
  fill(op_entry<Probe>(), one.problem.get(), doubles);
  std::vector<double> numbers;
  for (std::size_t i = 0; i < 3; ++i)
    for (int k = 0; k < n; ++k) numbers.push_back(load(Type::f64, doubles.buffer(i).data(), k));
  return numbers;
}

TEST(Recall, InputsAreThoseThatFillingGives) {
  for (const std::uint64_t key : {1u, 2u, 1u, 2u}) {
    const auto recalled = [&](const OpEntry& op, const void* problem, Arguments& doubles) {
      recall_inputs(op, problem, doubles, Fill::normal, key);
    };
    const auto filled = [&](const OpEntry& op, const void* problem, Arguments& doubles) {
      fill_inputs(op, problem, doubles, Fill::normal, key);
    };
    EXPECT_EQ(inputs(recalled, 50), inputs(filled, 50));
  }
}

TEST(Recall, ATruthIsComputedOnceForAllThatItDependsOn) {
  static int computed = 0;
  OpEntry op = op_entry<Probe>();
  op.truth = [](const void* p, const void* before, const Numerics& numerics, Sample sample) {
    ++computed;
    return Probe::truth(*static_cast<const Probe::Problem*>(p), *static_cast<const Probe::Args<>*>(before), numerics, sample);
  };
  const CaseEntry one = probe_case(20);
  Arguments doubles = double_arguments(op, one.problem.get());
  fill_inputs(op, one.problem.get(), doubles, Fill::normal, 3);
  const auto ask = [&](const Numerics& numerics, Sample sample, std::uint64_t key, const char* types, std::uint64_t inputs) {
    const auto truths = recall_truths(op, one.problem.get(), doubles, numerics, sample, key, types, inputs);
    EXPECT_EQ(truths->hash, truths_of(op, one.problem.get(), doubles, numerics, sample).hash);
    --computed; // by truths_of
    return computed;
  };
  EXPECT_EQ(ask(numerics::f32, {}, 1, "f32", 1), 1);
  EXPECT_EQ(ask(numerics::f32, {}, 1, "f32", 1), 1);
  int expected = 1;
  for (double Numerics::*const unit : {&Numerics::store, &Numerics::add, &Numerics::exp, &Numerics::operand}) {
    Numerics other = numerics::f32;
    other.*unit += 1;
    EXPECT_EQ(ask(other, {}, 1, "f32", 1), ++expected);
  }
  EXPECT_EQ(ask(numerics::f32, {1, 0}, 1, "f32", 1), ++expected);
  EXPECT_EQ(ask(numerics::f32, {0, 1}, 1, "f32", 1), ++expected);
  EXPECT_EQ(ask(numerics::f32, {}, 2, "f32", 1), ++expected);
  EXPECT_EQ(ask(numerics::f32, {}, 1, "f16", 1), ++expected);
  EXPECT_EQ(ask(numerics::f32, {}, 1, "f32", 2), ++expected);
  EXPECT_EQ(ask(numerics::f32, {}, 1, "f32", 1), expected) << "the first is still known";
}

} // namespace
} // namespace assay
