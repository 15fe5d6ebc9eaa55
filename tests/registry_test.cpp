// What is registered agrees with the files it stands in, so that adding a file is the whole registration.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "suites/harness/cases.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/harness/plan.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
const fs::path root = build::source_dir;

// Files below `folder`, relative to the root, with this extension and a parent folder of this name (empty: any).
std::set<std::string> files(const char* folder, const char* extension, const std::string& parent) {
  std::set<std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder))
    if (entry.path().extension() == extension && (parent.empty() || entry.path().parent_path().filename() == parent))
      found.insert(fs::relative(entry.path(), root).string());
  return found;
}

TEST(Registry, AVariantIsNamedByItsFile) {
  std::set<std::string> seen;
  for (const VariantEntry& variant : variants()) {
    const fs::path file(variant.file);
    EXPECT_TRUE(fs::exists(root / file)) << variant.file;
    EXPECT_EQ(file.stem(), variant.name) << variant.file;
    EXPECT_EQ(file.parent_path().filename(), variant.op->name) << variant.file;
    EXPECT_EQ(variant.file.rfind("kernels/", 0), 0u) << variant.file;
    EXPECT_FALSE(variant.idea.empty()) << variant.file;
    EXPECT_TRUE(fs::exists(root / "reference" / family_of(variant) / (std::string(variant.op->name) + ".hpp")));
    const std::string name =
        std::string(variant.op->name) + "/" + std::string(variant.name) + "/" + variant.types + "/" + std::string(name_of(variant.backend));
    EXPECT_TRUE(seen.insert(name).second) << name << " is registered twice";
  }
}

TEST(Registry, EveryFileOfAVariantRegistersOne) {
  std::set<std::string> registered;
  for (const VariantEntry& variant : variants()) registered.insert(variant.file);
  for (const std::string& file : files("kernels", ".cpp", "")) {
    const bool variant = fs::path(file).filename().string().rfind("cpu_", 0) == 0;
    EXPECT_TRUE(!variant || registered.contains(file)) << file;
  }
}

TEST(Registry, EveryOpHasATruthOrACertificateAndCases) {
  for (const OpEntry* op : ops()) {
    EXPECT_TRUE(op->truth != nullptr || op->judge != nullptr) << op->name;
    EXPECT_FALSE(subject_of(op->name).empty()) << op->name << " has no cases";
  }
}

TEST(Registry, EveryCaseHasAReasonIsValidAndStandsOnce) {
  std::set<std::string> seen;
  for (const CaseEntry& one : cases()) {
    const std::string name = std::string(one.op) + "/" + case_name(one);
    EXPECT_FALSE(one.why.empty()) << name;
    const auto op = std::find_if(ops().begin(), ops().end(), [&](const OpEntry* known) { return known->name == one.op; });
    ASSERT_NE(op, ops().end()) << name;
    EXPECT_EQ((*op)->refuse(one.problem.get()), "") << name;
    EXPECT_TRUE(seen.insert(name).second) << name << " stands twice";
  }
}

TEST(Registry, AClaimIsNamedByItsFile) {
  std::set<std::string> expected;
  for (const Claim& claim : claims()) {
    const std::string id(claim.id);
    ASSERT_EQ(id.rfind("claim/", 0), 0u) << id;
    const std::size_t slash = id.rfind('/');
    std::string statement = id.substr(slash + 1);
    std::replace(statement.begin(), statement.end(), '-', '_');
    const std::string file = "suites/" + id.substr(6, slash - 6) + "/claims/" + statement + ".cpp";
    EXPECT_TRUE(expected.insert(file).second) << id << " is registered twice";
  }
  EXPECT_EQ(files("suites", ".cpp", "claims"), expected);
}

TEST(Registry, EveryClaimAndLawSaysWhatItMeansAndHasAControl) {
  for (const Claim& claim : claims()) {
    EXPECT_FALSE(claim.statement.empty() || claim.source.empty()) << claim.id;
    EXPECT_FALSE(claim.broken_by.empty()) << claim.id;
  }
  for (const LawEntry& law : laws()) {
    EXPECT_FALSE(law.statement.empty()) << law.name;
    EXPECT_FALSE(law.broken_by.empty()) << law.name;
  }
}

TEST(Registry, EveryFileOfALawRegistersOne) {
  std::set<std::string> named;
  for (const LawEntry& law : laws()) {
    std::string file(law.name);
    std::replace(file.begin(), file.end(), '-', '_');
    named.insert(file);
  }
  for (const std::string& file : files("suites", ".cpp", "laws")) EXPECT_TRUE(named.contains(fs::path(file).stem())) << file;
}

} // namespace
} // namespace assay
