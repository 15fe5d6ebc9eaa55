#include "suites/harness/statics.hpp"

#include <gtest/gtest.h>

namespace assay {
namespace {

Json row(int spills, Json occupancy, const std::string& toolkit = "13.0") {
  return {{"toolkit", toolkit}, {"registers", 40}, {"spills", spills}, {"occupancy", std::move(occupancy)}};
}

Json judged(Json now, const Json& budget) {
  judge(now, budget);
  return now;
}

TEST(Statics, KernelsKeepToWhatIsRecorded) {
  EXPECT_EQ(judged(row(0, 0.5), row(0, 0.5)).at("status"), "pass");
  EXPECT_EQ(judged(row(0, 0.75), row(8, 0.5)).at("status"), "pass") << "better is no reason to fail";
  EXPECT_EQ(judged(row(0, 0.75), row(8, 0.5)).at("message"), "");
  EXPECT_EQ(judged(row(8, 0.5), row(0, 0.5)).at("message"), "spills 8 bytes; 0 are recorded");
  EXPECT_EQ(judged(row(0, 0.5), row(0, 0.75)).at("message"), "occupancy 50 %; 75 % is recorded");
  EXPECT_EQ(judged(row(8, 0.5), row(0, 0.75)).at("message"), "spills 8 bytes; 0 are recorded, occupancy 50 %; 75 % is recorded");
  EXPECT_EQ(judged(row(0, nullptr), row(0, 0.75)).at("status"), "fail") << "lost launch bounds";
  EXPECT_EQ(judged(row(0, nullptr), row(0, nullptr)).at("status"), "pass");
}

TEST(Statics, WithoutABudgetNothingPasses) {
  EXPECT_EQ(judged(row(0, 1.0), Json()).at("status"), "fail");
  EXPECT_NE(judged(row(0, 1.0), Json()).at("message").get<std::string>().find("kernels/static_budgets.py"), std::string::npos);
  const Json other = judged(row(8, 0.25, "13.1"), row(0, 1.0));
  EXPECT_TRUE(other.at("status").is_null());
  EXPECT_TRUE(other.at("recorded").is_null());
  EXPECT_NE(other.at("message").get<std::string>().find("recorded with 13.0"), std::string::npos);
}

} // namespace
} // namespace assay
