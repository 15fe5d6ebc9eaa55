// A time that nothing could reach is refused, and a busy moment is not taken for one.
#include "suites/harness/measure.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "suites/harness/perform.hpp"
#include "suites/harness/records.hpp"
#include "tests/harness/probe.hpp"

namespace assay {
namespace {

Measurement row_of(double seconds, double floor) { return {{seconds, seconds, seconds}, {}, true, 1, 1, 0, "stream", floor, floor}; }

TEST(Believable, WhatIsNotTooFastIsMeasuredOnce) {
  int calls = 0;
  const auto rows = believable([&] { return ++calls, std::vector{row_of(2, 1), row_of(1, 1)}; });
  EXPECT_EQ(calls, 1);
  Json record;
  add_measurement(record, rows[0]);
  EXPECT_FALSE(record.contains("disbelieved"));
  EXPECT_FALSE(too_fast(rows[1])) << "as fast as the floor is not faster";
}

TEST(Believable, OneBusyMomentIsMeasuredAgain) {
  int calls = 0;
  const auto rows = believable([&] { return std::vector{row_of(2, 1), row_of(1, ++calls == 1 ? 1.1 : 0.9)}; });
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(too_fast(rows[1]));
  for (const Measurement& row : rows) { // those of one measurement are kept or thrown away together
    Json record;
    add_measurement(record, row);
    EXPECT_EQ(record.at("disbelieved"), 1);
  }
}

TEST(Believable, TooFastEveryTimeStaysSo) {
  int calls = 0;
  const auto rows = believable([&] { return ++calls, std::vector{row_of(1, 1.1)}; });
  EXPECT_EQ(calls, 3);
  EXPECT_TRUE(too_fast(rows[0]));
  EXPECT_EQ(rows[0].disbelieved, 2);
}

// Right whenever somebody looks: outputs that were poisoned are written, and all others are taken for a timer's.
TEST(Plausible, WorkThatIsLeftOutWhileTheClockRunsIsSeen) {
  const VariantEntry lazy = probe_variant([](const Probe::Problem& p, const ProbeArgs& a, const Launch&) {
    if (std::isnan(a.y[0]) || *a.count == 0x5A5A5A5A) honest(p, a);
  });
  const CaseEntry one = probe_case(1 << 20);
  EXPECT_EQ(Trial(lazy, one, 1).verify({}, 3).status, Status::pass);
  const std::vector<Json> rows = perform({.what = What::measure, .id = "probe", .variant = &lazy, .one = &one}, {}, 0.1);
  ASSERT_EQ(rows.size(), 1u) << "no time without a passing verdict";
  EXPECT_EQ(rows[0].at("status"), "fail");
  const std::string message = rows[0].at("message");
  EXPECT_EQ(message.substr(0, 9), "too fast:") << message;
  EXPECT_NE(message.find("in the last of 3 measurements"), std::string::npos) << message;
}

} // namespace
} // namespace assay
