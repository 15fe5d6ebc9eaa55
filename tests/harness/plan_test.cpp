// What will run, in which order, under which names.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"
#include "tests/harness/probe.hpp"

namespace assay {
namespace {

// The registry as a small program would fill it; registered in an order that is not the plan's.
class Plan : public testing::Test {
protected:
  static void SetUpTestSuite() {
    static OpEntry op = op_entry<Probe>();
    op.refuse = [](const void* problem) { return std::string(size_of_problem(problem) < 0 ? "negative" : ""); };
    add("cpu_b", Backend::cpu, op);
    add("cuda_a", Backend::cuda, op);
    add("cpu_a", Backend::cpu, op);
    variants().back().accepts = [](const void* problem) {
      EXPECT_GE(size_of_problem(problem), 0) << "a variant sees no problem that the op refuses";
      return size_of_problem(problem) != 9;
    };
    cases() = {probe_case(9), probe_case(4), probe_case(4, Fill::integers), probe_case(-1), probe_case(100), probe_case(1000)};
    cases()[4].use = Use::thorough;
    cases()[5].use = Use::bench;
    for (const char* id : {"claim/b/two", "claim/a/one"}) add_claim({id, "", "", Kind::exact, {"it"}, [](Inquiry&) {}});
    laws().push_back({"probe", "doubling", "", {"it"}, [](Inquiry&, const auto&) {}});
  }
  static int size_of_problem(const void* problem) { return static_cast<const Probe::Problem*>(problem)->n; }
  static void add(std::string_view name, Backend backend, const OpEntry& op) {
    variants().push_back(probe_variant([](const auto&, const auto&, const Launch&) {}));
    variants().back().name = name;
    variants().back().backend = backend;
    variants().back().op = &op;
  }
  static std::vector<std::string> ids(const Request& request) {
    std::vector<std::string> list;
    for (const Task& task : make_plan(request, "no CUDA device"))
      if (task.variant != nullptr || task.claim != nullptr) // the build also names real variants that it left out
        list.push_back((task.what == What::skip ? "skip " : "") + task.id);
    return list;
  }
  static Request verify() {
    Request request;
    request.verify = true;
    return request;
  }
};

TEST_F(Plan, IsInTheOrderOfNamesAndCases) {
  std::vector<std::string> expected{"probe/reference/f32/law=power",
                                    "skip probe/cpu_a/f32/n=9,fill=normal",
                                    "probe/cpu_a/f32/fill=normal",
                                    "probe/cpu_a/f32/fill=integers",
                                    "probe/cpu_a/f32/n=-1,fill=normal",
                                    "probe/cpu_a/f32/n=1000,fill=normal",
                                    "probe/cpu_b/f32/n=9,fill=normal",
                                    "probe/cpu_b/f32/fill=normal",
                                    "probe/cpu_b/f32/fill=integers",
                                    "probe/cpu_b/f32/n=-1,fill=normal",
                                    "probe/cpu_b/f32/n=1000,fill=normal",
                                    "skip probe/cuda_a/f32/n=9,fill=normal",
                                    "skip probe/cuda_a/f32/fill=normal",
                                    "skip probe/cuda_a/f32/fill=integers",
                                    "skip probe/cuda_a/f32/n=-1,fill=normal",
                                    "skip probe/cuda_a/f32/n=1000,fill=normal",
                                    "probe/cpu_a/f32/law=doubling",
                                    "probe/cpu_b/f32/law=doubling",
                                    "skip probe/cuda_a/f32/law=doubling",
                                    "claim/a/one",
                                    "claim/b/two"};
  if (environment().sanitised) std::erase_if(expected, [](const std::string& id) { return id.find("/n=1000,") != std::string::npos; });
  EXPECT_EQ(ids(verify()), expected);
}

TEST_F(Plan, ThoroughAddsItsCases) {
  Request request = verify();
  request.thorough = true;
  const std::vector<std::string> all = ids(request);
  EXPECT_EQ(std::count(all.begin(), all.end(), "probe/cpu_b/f32/n=100,fill=normal"), 1);
  EXPECT_EQ(all.size(), ids(verify()).size() + 3);
}

TEST_F(Plan, ATimedCaseIsPlannedOnce) {
  Request request = verify();
  request.bench = true;
  const std::vector<Task> plan = make_plan(request, "no CUDA device");
  const auto timed = [](const Task& task) { return task.id == "probe/cpu_b/f32/n=1000,fill=normal"; };
  EXPECT_EQ(std::count_if(plan.begin(), plan.end(), timed), 1);
  const auto found = std::find_if(plan.begin(), plan.end(), timed);
  // Timings mean nothing under sanitizers, and are then skipped.
  EXPECT_TRUE(found->what == What::measure || found->reason == "timings need the release build");
  std::set<std::string> names;
  for (const Task& task : plan) EXPECT_TRUE(names.insert(task.id).second) << task.id;
}

TEST_F(Plan, ShardsPartitionIt) {
  const std::vector<Task> all = make_plan(verify(), "no CUDA device");
  for (const int shards : {1, 2, 3, 7}) {
    std::vector<std::string> together(all.size());
    for (int shard = 1; shard <= shards; ++shard) {
      Request request = verify();
      request.shard = shard;
      request.shards = shards;
      std::size_t at = static_cast<std::size_t>(shard) - 1;
      for (const Task& task : make_plan(request, "no CUDA device")) {
        ASSERT_LT(at, all.size());
        together[at] = task.id;
        at += static_cast<std::size_t>(shards);
      }
    }
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(together[i], all[i].id);
  }
}

TEST_F(Plan, Filters) {
  Request request = verify();
  request.filter = "law=";
  EXPECT_EQ(ids(request).size(), 4u);
  request.filter = "^claim/a/";
  EXPECT_EQ(ids(request), std::vector<std::string>{"claim/a/one"});
  request.filter = "cuda";
  request.backend = Backend::cuda;
  EXPECT_EQ(ids(request).size(), environment().sanitised ? 5u : 6u);
  request.backend = Backend::simt;
  EXPECT_THROW(ids(request), NothingToDo);
  for (const char* bad : {"(", "[", "*", "a{2"}) {
    request.filter = bad;
    EXPECT_THROW(ids(request), BadInput) << bad;
  }
  request.backend.reset();
  request.filter = "prode";
  try {
    ids(request);
    FAIL();
  } catch (const NothingToDo& error) {
    EXPECT_NE(std::string(error.what()).find("nearest: probe"), std::string::npos) << error.what();
  }
}

TEST_F(Plan, ADemandedDeviceComesAfterBadInputAndBeforeNothingToDo) {
  Request request = verify();
  request.require = Backend::cuda;
  EXPECT_THROW(ids(request), Unusable);
  request.filter = "matches nothing";
  EXPECT_THROW(ids(request), Unusable);
  request.filter = "(";
  EXPECT_THROW(ids(request), BadInput);
  EXPECT_NO_THROW([&] {
    request.filter = "";
    make_plan(request, "");
  }());
}

TEST_F(Plan, ARerunCommandMatchesItsRowAlone) {
  const std::string odd = "probe/cpu_a/f32/n=1.5e+10,name=a(b)[c]{d}|e^f$g*h?\\,fill=normal";
  const std::string command = repro("verify", odd, "cpu", 7, true);
  EXPECT_NE(command.find(" --backend cpu --seed 7 --effort thorough"), std::string::npos);
  const std::size_t from = command.find('\'') + 1;
  const std::regex pattern(command.substr(from, command.rfind('\'') - from));
  EXPECT_TRUE(std::regex_search(odd, pattern));
  for (const std::string& other : ids(verify())) EXPECT_FALSE(std::regex_search(other, pattern));
  EXPECT_FALSE(std::regex_search(odd + "x", pattern));
}

} // namespace
} // namespace assay
