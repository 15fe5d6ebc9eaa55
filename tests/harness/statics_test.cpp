#include "suites/harness/statics.hpp"

#include <gtest/gtest.h>

namespace assay {
namespace {

Json row(int spills, Json occupancy, const std::string& toolkit = "13.0", const std::string& kernel = "step<float>") {
  return {{"op", "tiger_step"}, {"variant", "cuda_vec"}, {"arch", "sm_90a"}, {"kernel", kernel},
          {"toolkit", toolkit}, {"registers", 40},       {"spills", spills}, {"occupancy", std::move(occupancy)}};
}

Json judged(Json now, const std::vector<Json>& budgets) {
  judge(now, budgets);
  return now;
}
Json judged(Json now, const Json& budget) { return judged(std::move(now), std::vector{budget}); }

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
  const Json none = judged(row(0, 1.0), std::vector<Json>{});
  EXPECT_EQ(none.at("status"), "fail");
  EXPECT_NE(none.at("message").get<std::string>().find("kernels/static_budgets.py"), std::string::npos);
  EXPECT_EQ(judged(row(0, 1.0), row(0, 1.0, "13.0", "step<Bf16>")).at("status"), "fail") << "a new kernel";
}

TEST(Statics, BudgetsOfOtherToolkitsAreNotHeldAgainstARow) {
  const Json other = judged(row(8, 0.25, "13.1"), row(0, 1.0));
  EXPECT_TRUE(other.at("status").is_null());
  EXPECT_TRUE(other.at("recorded").is_null());
  EXPECT_EQ(other.at("message"), "built by nvcc 13.1; no budgets are recorded with it");
  const std::vector both = {row(0, 1.0, "13.0"), row(8, 0.25, "13.1")};
  EXPECT_EQ(judged(row(8, 0.25, "13.1"), both).at("status"), "pass");
  EXPECT_EQ(judged(row(8, 0.25, "13.0"), both).at("status"), "fail");
}

} // namespace
} // namespace assay
