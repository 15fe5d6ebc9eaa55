// Guard bands, poison, rounding to storage, restoring, hashing.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "suites/harness/arrays.hpp"
#include "tests/harness/probe.hpp"

namespace assay {
namespace {

TEST(Buffer, GuardsSeeEveryByteOnEitherSide) {
  for (const std::size_t size : {0u, 1u, 255u, 256u, 1000u}) {
    Buffer buffer(Backend::cpu, size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 256, 0u);
    buffer.poison(0);
    EXPECT_EQ(buffer.guards(), "");
    auto* bytes = static_cast<unsigned char*>(buffer.data());
    for (const std::ptrdiff_t outside : {-4096, -1, 0, 4095}) {
      unsigned char* at = outside < 0 ? bytes + outside : bytes + size + outside;
      const unsigned char kept = *at;
      *at = static_cast<unsigned char>(kept + 1);
      const std::string distance = std::to_string(outside < 0 ? -outside - 1 : outside);
      EXPECT_EQ(buffer.guards(), distance + " bytes " + (outside < 0 ? "before its start" : "past its end"));
      *at = kept;
    }
    EXPECT_EQ(buffer.guards(), "");
  }
}

TEST(Arguments, PointersPointToTheirArrays) {
  const CaseEntry one = probe_case(5);
  const VariantEntry variant = probe_variant([](const auto&, const auto&, const Launch&) {});
  Arguments arguments = variant_arguments(variant, one.problem.get());
  const auto& args = *static_cast<const ProbeArgs*>(arguments.get());
  ASSERT_EQ(arguments.count(), 4u);
  EXPECT_EQ(args.x, arguments.buffer(0).data());
  EXPECT_EQ(args.count, arguments.buffer(3).data());
  EXPECT_EQ(arguments.bytes(1), 20u);
  EXPECT_EQ(arguments.bytes(3), 4u);
  args.y[5] = 0;
  EXPECT_EQ(arguments.guards(), "y was written 0 bytes past its end");
}

std::vector<double> filled(Fill fill, std::uint64_t key, int n = 400) {
  Arguments doubles = double_arguments(op_entry<Probe>(), probe_case(n).problem.get());
  fill_inputs(op_entry<Probe>(), probe_case(n).problem.get(), doubles, fill, key);
  const auto* x = static_cast<const double*>(doubles.buffer(0).data());
  const auto* y = static_cast<const double*>(doubles.buffer(1).data());
  EXPECT_TRUE(std::all_of(y, y + n, [](double value) { return value == 0; })) << "outputs are not filled";
  return {x, x + n};
}

TEST(Fill, DependsOnTheKeyAndOnTheLaw) {
  EXPECT_EQ(filled(Fill::normal, 1), filled(Fill::normal, 1));
  EXPECT_NE(filled(Fill::normal, 1), filled(Fill::normal, 2));
  for (const double value : filled(Fill::integers, 1)) EXPECT_TRUE(value == std::floor(value) && std::fabs(value) <= 8);
}

TEST(Fill, HostileHasEverySortOfOddNumber) {
  int nan = 0, plus = 0, minus = 0, subnormal = 0, huge = 0, negative_zero = 0;
  for (const double value : filled(Fill::hostile, 1, 4000)) {
    nan += std::isnan(value);
    plus += value == HUGE_VAL;
    minus += value == -HUGE_VAL;
    subnormal += value == 0x1p-149;
    huge += std::fabs(value) == 0x1p100;
    negative_zero += value == 0 && std::signbit(value);
  }
  for (const int count : {nan, plus, minus, subnormal, huge, negative_zero}) EXPECT_GT(count, 0);
}

TEST(Storage, InputsAreRoundedAlikeInBothForms) {
  const CaseEntry one = probe_case(100);
  Arguments doubles = double_arguments(op_entry<Probe>(), one.problem.get());
  fill_inputs(op_entry<Probe>(), one.problem.get(), doubles, Fill::normal, 1);
  std::vector<double> original(100);
  doubles.buffer(0).read(original.data());
  const std::shared_ptr<void> args = erase::make_args<Probe::Args<Bf16>>();
  const auto stored = round_to_storage(doubles, erase::arrays<Probe::Problem, Probe::Args<Bf16>, Probe>(one.problem.get(), args.get()));
  for (int i = 0; i < 100; ++i) {
    const double value = load(Type::bf16, stored[0].data(), i);
    EXPECT_EQ(value, load(Type::f64, doubles.buffer(0).data(), i));
    EXPECT_EQ(value, widen(to_bf16(original[static_cast<std::size_t>(i)])));
  }
}

TEST(Reset, RestoresInputsAndInoutAndPoisonsOutputs) {
  const CaseEntry one = probe_case(3);
  Arguments doubles = double_arguments(op_entry<Probe>(), one.problem.get());
  fill_inputs(op_entry<Probe>(), one.problem.get(), doubles, Fill::normal, 1);
  const VariantEntry variant = probe_variant([](const auto&, const auto&, const Launch&) {});
  Arguments arguments = variant_arguments(variant, one.problem.get());
  const auto stored = round_to_storage(doubles, arguments.arrays());
  for (std::size_t i = 0; i < arguments.count(); ++i) arguments.buffer(i).poison(1);
  reset(arguments, stored, 0xFF);
  const auto& args = *static_cast<const ProbeArgs*>(arguments.get());
  EXPECT_EQ(std::memcmp(args.x, stored[0].data(), 12), 0);
  EXPECT_EQ(std::memcmp(args.z, stored[2].data(), 12), 0);
  EXPECT_TRUE(std::isnan(args.y[0]) && std::isnan(args.y[2]));
  EXPECT_EQ(*args.count, -1);
}

TEST(Hash, SeesEveryByteAndItsPlace) {
  std::vector<std::byte> bytes(21);
  const std::uint64_t zero = hash_of(bytes);
  std::vector<std::uint64_t> seen{zero};
  for (std::byte& one : bytes) {
    one = std::byte{1};
    seen.push_back(hash_of(bytes));
    one = std::byte{0};
  }
  seen.push_back(hash_of(bytes, 0x123456789));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(hash_of(bytes), zero);
}

} // namespace
} // namespace assay
