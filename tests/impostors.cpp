// Ways to cheat, each tried on every registered op and list of types: an honest variant, wrapped so that it misbehaves.
// Each must be rejected by at least one case of the op, while the honest variant passes all of them; one that has nothing to
// act on is listed with the reason. The table of who was caught by which case is the last thing printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>

#include "suites/harness/perform.hpp"
#include "suites/harness/verify.hpp"

namespace assay {
namespace {

// The honest variant of an op and a list of types: the naive one, where there is one.
struct Subject {
  const VariantEntry* honest;
  std::vector<const CaseEntry*> list; // its edge cases that the variant accepts
};

std::vector<Subject> subjects() {
  std::map<std::pair<std::string_view, std::string>, const VariantEntry*> chosen;
  for (const VariantEntry& variant : variants()) {
    const VariantEntry*& best = chosen[{variant.op->name, variant.types}];
    const auto rank = [](const VariantEntry& one) { return std::pair(one.name != "cpu_naive", one.name); };
    if (variant.backend == Backend::cpu && (best == nullptr || rank(variant) < rank(*best))) best = &variant;
  }
  std::vector<Subject> all;
  for (const auto& [name, variant] : chosen) {
    if (variant == nullptr) continue;
    Subject subject{variant, {}};
    for (const CaseEntry& one : cases())
      if (one.op == name.first && one.use == Use::edge && (!variant->accepts || variant->accepts(one.problem.get())))
        subject.list.push_back(&one);
    all.push_back(std::move(subject));
  }
  return all;
}

// One call of an impostor: what the variant was given, and where its arrays are.
struct Call {
  const VariantEntry& honest;
  const void* problem;
  const void* args;
  const Launch& launch;
  std::vector<Array> arrays;

  void honestly() const { honest.run(problem, args, launch); }
  std::byte* data(std::size_t i) const {
    std::byte* at = nullptr;
    std::memcpy(&at, arrays[i].at, sizeof at);
    return at;
  }
  std::size_t bytes(std::size_t i) const { return static_cast<std::size_t>(elements(arrays[i]) * size_of(arrays[i].type)); }
};
using Cheat = std::function<void(const Call&)>;

VariantEntry impostor(const VariantEntry& honest, Cheat cheat) {
  VariantEntry entry = honest;
  entry.run = [&honest, cheat = std::move(cheat)](const void* problem, const void* args, const Launch& launch) {
    cheat({honest, problem, args, launch, honest.arrays(problem, const_cast<void*>(args))});
  };
  return entry;
}

std::vector<Array> shapes_of(const VariantEntry& variant, const void* problem) {
  const std::shared_ptr<void> args = variant.make_args();
  return variant.arrays(problem, args.get());
}

struct Caught {
  std::string op, types, impostor, how;
};
std::vector<Caught> table;

class Table : public testing::Environment {
public:
  void TearDown() override {
    for (const Caught& row : table)
      std::printf("%-17s %-14s %-34s %s\n", row.op.c_str(), row.types.c_str(), row.impostor.c_str(), row.how.c_str());
  }
};
[[maybe_unused]] const testing::Environment* const at_the_end = testing::AddGlobalTestEnvironment(new Table);

class Impostor : public testing::TestWithParam<Subject> {
protected:
  const VariantEntry& honest() const { return *GetParam().honest; }
  const std::vector<const CaseEntry*>& list() const { return GetParam().list; }
  void note(const std::string& name, const std::string& how) const {
    table.push_back({std::string(honest().op->name), honest().types, name, how});
  }

  // The first case that rejects `cheat`; null if it passes everywhere.
  const CaseEntry* rejecting(const Cheat& cheat, std::uint64_t seed = 1) const {
    const VariantEntry variant = impostor(honest(), cheat);
    for (const CaseEntry* one : list())
      if (Trial(variant, *one, seed).verify({}, 3).status == Status::fail) return one;
    return nullptr;
  }
  void expect_caught(const std::string& name, const Cheat& cheat) const {
    const CaseEntry* by = rejecting(cheat);
    EXPECT_NE(by, nullptr) << "no case of " << honest().op->name << " rejects: " << name;
    note(name, by != nullptr ? "rejected by " + case_name(*by) : "NOT REJECTED");
  }
  // Arrays that `usable` admits in at least one case, each cheated on by itself: an output that nothing checks would show.
  void for_each_array(const std::string& name, const std::string& lacking, const std::function<bool(const Array&)>& usable,
                      const std::function<void(const Call&, std::size_t)>& cheat) const {
    bool any = false;
    for (std::size_t i = 0; i < shapes_of(honest(), list().front()->problem.get()).size(); ++i) {
      const auto fits = [&](const CaseEntry* one) { return usable(shapes_of(honest(), one->problem.get())[i]); };
      if (std::none_of(list().begin(), list().end(), fits)) continue;
      any = true;
      expect_caught(name + std::string(shapes_of(honest(), list().front()->problem.get())[i].name), [&, i](const Call& call) {
        if (usable(call.arrays[i]))
          cheat(call, i);
        else
          call.honestly();
      });
    }
    if (!any) note(name + "..", "not applicable: " + lacking);
  }
};

bool is_output(const Array& array) { return array.role != Role::in && elements(array) > 0; }

TEST_P(Impostor, TheHonestVariantPassesEverywhere) {
  ASSERT_FALSE(list().empty());
  for (const std::uint64_t seed : {1u, 2u})
    for (const CaseEntry* one : list()) {
      const Verdict verdict = Trial(honest(), *one, seed).verify({}, 3);
      EXPECT_EQ(verdict.status, Status::pass) << verdict_id(honest(), *one) << " with seed " << seed << ": " << verdict.message;
    }
}

TEST_P(Impostor, Zeros) {
  for_each_array("zeros in ", "no output", is_output, [](const Call& call, std::size_t i) {
    call.honestly();
    std::memset(call.data(i), 0, call.bytes(i));
  });
}

TEST_P(Impostor, DoesNothing) {
  expect_caught("does nothing", [](const Call&) {});
}

TEST_P(Impostor, OneNan) {
  const auto usable = [](const Array& array) { return is_output(array) && is_float(array.type); };
  for_each_array("one NaN in ", "no float output", usable, [](const Call& call, std::size_t i) {
    call.honestly();
    store(call.arrays[i].type, call.data(i), elements(call.arrays[i]) / 2, std::nan(""));
  });
}

TEST_P(Impostor, OneElementOff) {
  for_each_array("1 % off (integers: 1) in ", "no output", is_output, [](const Call& call, std::size_t i) {
    call.honestly();
    const Type type = call.arrays[i].type;
    std::int64_t largest = 0;
    double size = 0;
    for (std::int64_t e = 0; e < elements(call.arrays[i]); ++e)
      if (const double value = std::fabs(load(type, call.data(i), e)); std::isfinite(value) && value > size) {
        size = value;
        largest = e;
      }
    const double value = load(type, call.data(i), largest);
    store(type, call.data(i), largest, is_float(type) ? 1.01 * value : value + 1);
  });
}

TEST_P(Impostor, WritesPastTheEnd) {
  const auto usable = [](const Array& array) { return array.role != Role::in; };
  for_each_array("writes one past the end of ", "no output", usable, [](const Call& call, std::size_t i) {
    call.honestly();
    store(call.arrays[i].type, call.data(i), elements(call.arrays[i]), 1);
  });
}

TEST_P(Impostor, ChangesAnInput) {
  const auto usable = [](const Array& array) { return array.role == Role::in && elements(array) > 0; };
  for_each_array("changes ", "no input that is not also an output", usable, [](const Call& call, std::size_t i) {
    call.honestly();
    call.data(i)[call.bytes(i) / 2] ^= std::byte{1};
  });
}

TEST_P(Impostor, LastRowMissing) {
  for_each_array("last row missing in ", "no output", is_output, [](const Call& call, std::size_t i) {
    const std::vector<std::int64_t>& shape = call.arrays[i].shape;
    const std::size_t row = call.bytes(i) / static_cast<std::size_t>(shape.empty() ? 1 : shape.front());
    std::byte* const last = call.data(i) + call.bytes(i) - row;
    const std::vector<std::byte> before(last, last + row);
    call.honestly();
    std::copy(before.begin(), before.end(), last);
  });
}

TEST_P(Impostor, ShiftedByOne) {
  const auto usable = [](const Array& array) { return is_output(array) && elements(array) > 1; };
  for_each_array("shifted by one: ", "no output of two elements", usable, [](const Call& call, std::size_t i) {
    call.honestly();
    std::rotate(call.data(i), call.data(i) + size_of(call.arrays[i].type), call.data(i) + call.bytes(i));
  });
}

// Computes another problem than it was asked: the neighbour on one axis that leaves all shapes as they are.
TEST_P(Impostor, IgnoresAParameter) {
  const auto neighbour = [this](const void* problem, const std::string& wanted) -> AnyProblem {
    for (const auto& [axis, changed] : honest().op->neighbours(problem)) {
      const std::vector<Array> now = shapes_of(honest(), problem), then = shapes_of(honest(), changed.get());
      const bool same =
          std::equal(now.begin(), now.end(), then.begin(), then.end(), [](const Array& a, const Array& b) { return a.shape == b.shape; });
      if (axis == wanted && same && (!honest().accepts || honest().accepts(changed.get()))) return changed;
    }
    return nullptr;
  };
  std::set<std::string> parameters;
  for (const CaseEntry* one : list())
    for (const Axis& axis : honest().op->axes(one->problem.get()))
      if (neighbour(one->problem.get(), axis.name)) parameters.insert(axis.name);
  for (const std::string& axis : parameters)
    expect_caught("ignores " + axis, [&](const Call& call) {
      const AnyProblem other = neighbour(call.problem, axis);
      if (!other) return call.honestly();
      std::vector<std::byte> scratch(honest().scratch ? honest().scratch(other.get()) : 0);
      const Launch launch{nullptr, scratch};
      if (honest().prepare) honest().prepare(other.get(), launch);
      honest().run(other.get(), call.args, launch);
    });
  if (parameters.empty()) note("ignores a parameter", "not applicable: every axis is a size or the name of a layout");
}

TEST_P(Impostor, RightOnlyForTheDefaultSeed) {
  std::map<const void*, std::vector<std::vector<std::byte>>> answers; // by problem and fill: one case each
  const Cheat from_memory = [&](const Call& call) {
    const std::vector<std::vector<std::byte>>& answer = answers.at(call.problem);
    for (std::size_t i = 0; i < answer.size(); ++i)
      if (call.arrays[i].role != Role::in) std::copy(answer[i].begin(), answer[i].end(), call.data(i));
  };
  for (const CaseEntry* one : list()) {
    Trial trial(honest(), *one, 1);
    trial.restore();
    trial.call();
    auto& answer = answers[one->problem.get()];
    for (std::size_t i = 0; i < trial.arguments().count(); ++i) {
      answer.emplace_back(trial.arguments().bytes(i));
      trial.arguments().buffer(i).read(answer.back().data());
    }
  }
  EXPECT_EQ(rejecting(from_memory, 1), nullptr) << "it knows the answers for seed 1";
  const CaseEntry* by = rejecting(from_memory, 2);
  EXPECT_NE(by, nullptr);
  note("right only for the default seed", by != nullptr ? "rejected with seed 2 by " + case_name(*by) : "NOT REJECTED");
}

// Through the path that times: verify, measure, verify again.
TEST_P(Impostor, RightTenTimesThenWrong) {
  const auto wrong = [](const Call& call) {
    call.honestly();
    for (std::size_t i = 0; i < call.arrays.size(); ++i)
      if (call.arrays[i].role != Role::in) std::memset(call.data(i), 0, call.bytes(i));
  };
  const CaseEntry* telling = rejecting(wrong); // a case in which the wrong answer shows
  ASSERT_NE(telling, nullptr);
  const auto timed = [&](const VariantEntry& variant) {
    const Task task{.what = What::measure, .id = verdict_id(variant, *telling), .variant = &variant, .one = telling};
    return perform(task, Request{}, 1e-3);
  };
  int calls = 0;
  const std::vector<Json> cheated = timed(impostor(honest(), [&](const Call& call) { ++calls <= 10 ? call.honestly() : wrong(call); }));
  ASSERT_EQ(cheated.size(), 1u) << "no time without a passing verdict";
  EXPECT_EQ(cheated[0].at("status"), "fail");
  const std::string message = cheated[0].at("message");
  EXPECT_NE(message.find("it was right before it was timed"), std::string::npos) << message;
  const std::vector<Json> honestly = timed(honest());
  ASSERT_GE(honestly.size(), 2u) << honestly[0].dump(1);
  EXPECT_EQ(honestly[1].at("kind"), "measurement");
  note("right ten times, then wrong", "rejected after timing " + case_name(*telling));
}

INSTANTIATE_TEST_SUITE_P(All, Impostor, testing::ValuesIn(subjects()), [](const testing::TestParamInfo<Subject>& info) {
  std::string name = std::string(info.param.honest->op->name) + "_" + info.param.honest->types;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

} // namespace
} // namespace assay
