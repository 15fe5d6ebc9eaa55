#include "suites/regress/side.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "reference/random.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"
#include "suites/harness/run.hpp"
#include "suites/harness/statics.hpp"
#include "suites/harness/timing.hpp"
#include "suites/harness/verify.hpp"

namespace assay::regress {
namespace {

constexpr std::int64_t verified_sample = 1 << 20; // elements of each output that the truth covers
constexpr int verified_calls = 2;

std::string answer, failure;

// What `body` returns, as text; what it throws, as {"error"}.
template <class Body> const char* told(Body body) {
  try {
    answer = body().dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const BadInput& error) {
    answer = Json{{"error", error.what()}, {"exit", exit_code::bad_input}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const std::exception& error) {
    answer = Json{{"error", error.what()}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return answer.c_str();
}

template <class Result, class Body> Result kept(Result on_failure, Body body) {
  try {
    return body();
  } catch (const std::exception& error) {
    failure = error.what();
    return on_failure;
  }
}

Request request_of(const std::string& filter) {
  Request request;
  request.bench = true;
  request.filter = filter;
  return request;
}

std::vector<Task> plan_of(const std::string& filter) {
  const device::Facts device = device::facts();
  try {
    return make_plan(request_of(filter), device.present ? "" : device.reason);
  } catch (const NothingToDo&) {
    return {}; // the other build may have what the filter asks for
  }
}

const Task& task_of(const std::string& id) {
  static const std::vector<Task> plan = plan_of("");
  const auto found = std::find_if(plan.begin(), plan.end(), [&](const Task& task) { return task.id == id && task.what == What::measure; });
  if (found == plan.end()) throw std::invalid_argument("this build has no row " + id);
  return *found;
}

Json arrays_of(const Task& task) {
  constexpr const char* roles[] = {"in", "out", "inout"};
  Json list = Json::array();
  for (const Array& array : task.variant->arrays(task.one->problem.get(), task.variant->make_args().get()))
    list.push_back({{"name", array.name},
                    {"role", roles[static_cast<std::size_t>(array.role)]},
                    {"type", name_of(array.type)},
                    {"bytes", static_cast<std::size_t>(elements(array)) * size_of(array.type)}});
  return list;
}

Json rows(const std::string& filter) {
  Json list = Json::array(), skipped = Json::array();
  for (const Task& task : plan_of(filter)) {
    if (task.what == What::skip)
      skipped.push_back({{"id", task.id},
                         {"subject", task.subject},
                         {"op", task.op},
                         {"variant", task.name},
                         {"backend", name_of(task.backend)},
                         {"reason", task.reason}});
    if (task.what != What::measure || !task.variant->op->refuse(task.one->problem.get()).empty()) continue;
    const std::string code = code_hash(*task.variant);
    list.push_back({{"id", task.id},
                    {"backend", name_of(task.backend)},
                    {"code", code.empty() ? "" : fmt::format("{}; {}; {}; {}", code, build::compiler, build::flags, build::libraries)},
                    {"arrays", arrays_of(task)}});
  }
  const device::Facts device = device::facts();
  return {{"run", run_row(request_of(filter), {device.name, device.driver, device.reason})},
          {"rows", std::move(list)},
          {"skipped", std::move(skipped)}};
}

Json check(const std::string& id, std::uint64_t seed, const std::string& folder) {
  const Task& task = task_of(id);
  Trial trial(*task.variant, *task.one, seed);
  const Verdict verdict = trial.verify({key_of(case_key(*task.one, seed), "sample"), verified_sample}, verified_calls);
  Json row = {{"status", name_of(verdict.status)},
              {"message", verdict.message},
              {"inputs", hexadecimal(trial.input_hash())},
              {"file", hexadecimal(key_of(case_key(*task.one, seed), task.variant->types)) + ".bin"}};
  const std::string file = folder + "/" + row.at("file").get<std::string>();
  if (!folder.empty() && !std::filesystem::exists(file)) {
    std::ofstream out(file, std::ios::binary);
    for (const std::vector<std::byte>& bytes : trial.stored())
      out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file);
  }
  trial.restore();
  row["seconds"] = std::min(elapsed(task.backend, [&] { trial.call(); }), elapsed(task.backend, [&] { trial.call(); }));
  return row;
}

struct Row {
  const Task& task;
  std::shared_ptr<void> args;
  std::vector<Array> arrays;
  std::vector<Buffer> memory; // of a row that allocated its own
  std::vector<std::vector<std::byte>> stored{};
  Buffer scratch;
  simt::Stream unused{};
  Launch launch{nullptr, {}};
};

Row* open(const std::string& id, const std::string& inputs, void** memory) {
  const Task& task = task_of(id);
  const VariantEntry& variant = *task.variant;
  const void* const problem = task.one->problem.get();
  auto row = std::make_unique<Row>(
      Row{task, variant.make_args(), {}, {}, {}, Buffer(variant.backend, variant.scratch ? variant.scratch(problem) : 0)});
  row->arrays = variant.arrays(problem, row->args.get());
  if (memory[0] == nullptr) {
    std::ifstream file(inputs, std::ios::binary);
    for (std::size_t i = 0; i < row->arrays.size(); ++i) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(elements(row->arrays[i])) * size_of(row->arrays[i].type));
      if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
        throw std::runtime_error(inputs + " is too short for " + id);
      row->memory.emplace_back(variant.backend, bytes.size()).write(bytes.data());
      memory[i] = row->memory.back().data();
      row->stored.push_back(row->arrays[i].role == Role::inout ? std::move(bytes) : std::vector<std::byte>());
    }
  }
  for (std::size_t i = 0; i < row->arrays.size(); ++i) std::memcpy(row->arrays[i].at, static_cast<const void*>(&memory[i]), sizeof(void*));
  row->launch = {stream_of(variant.backend, row->unused), {static_cast<std::byte*>(row->scratch.data()), row->scratch.size()}};
  if (variant.prepare) variant.prepare(problem, row->launch);
  return row.release();
}

int restore(Row& row) {
  for (std::size_t i = 0; i < row.stored.size(); ++i)
    if (!row.stored[i].empty()) row.memory[i].write(row.stored[i].data());
  return 0;
}

double seconds(Row& row, int calls) {
  const void* const problem = row.task.one->problem.get();
  return elapsed(row.task.backend, [&] {
    for (int k = 0; k < calls; ++k) row.task.variant->run(problem, row.args.get(), row.launch);
  });
}

constexpr Side side = {
    .version = side_version,
    .rows = [](const char* filter) { return told([&] { return rows(filter); }); },
    .check = [](const char* id, const char* seed,
                const char* folder) { return told([&] { return check(id, std::stoull(seed), folder); }); },
    .open = [](const char* id, const char* inputs,
               void** memory) { return kept(static_cast<void*>(nullptr), [&]() -> void* { return open(id, inputs, memory); }); },
    .close = [](void* row) { delete static_cast<Row*>(row); },
    .restore = [](void* row) { return kept(1, [&] { return restore(*static_cast<Row*>(row)); }); },
    .seconds = [](void* row, int calls) { return kept(-1.0, [&] { return seconds(*static_cast<Row*>(row), calls); }); },
    .error = [] { return failure.c_str(); },
};

} // namespace
} // namespace assay::regress

extern "C" [[gnu::visibility("default")]] const assay::regress::Side* assay_side() { return &assay::regress::side; }
