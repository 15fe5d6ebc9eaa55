#include "suites/harness/run.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <set>

#include "suites/harness/console.hpp"
#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/perform.hpp"
#include "suites/harness/pool.hpp"
#include "suites/harness/statics.hpp"

namespace assay {
namespace {

constexpr double device_limit = 300; // seconds: a kernel that waits for what never comes does not end

std::string fresh_run_id() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}", entropy(), entropy());
}

std::vector<std::pair<Backend, Mix>> mixes_of(const std::vector<Task>& plan) {
  std::set<std::pair<Backend, Mix>> mixes;
  for (const Task& task : plan)
    if (task.what == What::measure && task.variant->op->refuse(task.one->problem.get()).empty())
      mixes.insert({task.backend, traffic_of(task.variant->arrays(task.one->problem.get(), task.variant->make_args().get())).mix});
  return {mixes.begin(), mixes.end()};
}

// Everything that one execution shares; rows leave through emit().
class Execution {
public:
  explicit Execution(const Request& request)
      : request_(request),
        device_(probe_device()),
        plan_(make_plan(request, device_.reason)),
        planned_(count_planned()),
        file_(request.records),
        console_(request, planned_) {}

  int run() {
    const auto start = std::chrono::steady_clock::now();
    console_.head(device_.name);
    emit(run_row(request_, device_));
    for (Json& row : static_rows(plan_)) deliver_static(std::move(row));
    const auto timed = static_cast<std::size_t>(
        std::find_if(plan_.begin(), plan_.end(), [](const Task& task) { return task.what == What::measure || task.what == What::peer; }) -
        plan_.begin());
    bool whole = run_tasks(0, timed, request_.jobs);
    if (whole && timed < plan_.size()) {
      measure_all_ceilings();
      whole = run_tasks(timed, plan_.size(), 1); // nothing else runs while something is timed
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const int code = exit_code_of(whole);
    emit({{"kind", "end"},
          {"run_id", ""},
          {"id", "end"},
          {"planned", planned_},
          {"ran", ran_},
          {"counts",
           {{"pass", counts_.pass},
            {"fail", counts_.fail},
            {"vacuous", counts_.vacuous},
            {"skipped", counts_.skipped},
            {"error", counts_.error}}},
          {"seconds", seconds},
          {"exit", code},
          {"stopped", !whole}});
    console_.summary(counts_, ran_, planned_, file_.path(), seconds, !whole);
    return code;
  }

private:
  std::size_t count_planned() const {
    return static_cast<std::size_t>(std::count_if(plan_.begin(), plan_.end(), [](const Task& task) { return task.what != What::skip; }));
  }

  void emit(Json row) {
    row["run_id"] = run_id_;
    file_.write(row);
  }

  void count(const std::string& status) {
    ++(status == "pass" ? counts_.pass : status == "fail" ? counts_.fail : status == "vacuous" ? counts_.vacuous : counts_.error);
    ++ran_;
  }

  void deliver_static(Json row) {
    if (!row.at("status").is_null()) {
      ++planned_;
      count(row.at("status"));
    }
    console_.add_static(row);
    emit(std::move(row));
  }

  void deliver(std::size_t index, const std::string& result) {
    std::vector<Json> rows;
    for (Json& row : Json::parse(result)) rows.push_back(std::move(row));
    for (const Json& row : rows) {
      const std::string kind = row.at("kind");
      if (kind == "skip") {
        ++counts_.skipped;
        if (plan_[index].what != What::skip) --planned_; // refused when asked: a law's problem, or a peer's
      }
      if (kind == "verdict" || kind == "law" || kind == "claim") count(row.at("status"));
      emit(row);
    }
    console_.add(plan_[index], rows);
  }

  bool run_tasks(std::size_t first, std::size_t last, int jobs) {
    if (first == last) return true;
    const auto timed =
        std::count_if(plan_.begin(), plan_.end(), [](const Task& task) { return task.what == What::measure || task.what == What::peer; });
    const double share = request_.budget / static_cast<double>(std::max<std::ptrdiff_t>(timed, 1));
    Pool pool;
    pool.jobs = jobs;
    pool.work = [&](std::size_t index) {
      Json rows = Json::array();
      for (Json& row : perform(plan_[index], request_, share)) rows.push_back(std::move(row));
      return rows.dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    pool.spent = device::lost;
    pool.limit = [&](std::size_t index) {
      return plan_[index].backend == Backend::cuda ? device_limit : std::numeric_limits<double>::infinity();
    };
    pool.shared = [&](std::size_t index) -> const void* { // the inputs and truths of a case
      return plan_[index].what == What::verdict ? plan_[index].one : nullptr;
    };
    pool.done = [&](std::size_t index, const std::string& result) { deliver(index, result); };
    pool.crashed = [&](std::size_t index, const std::string& cause) {
      return Json::array({crash_row(plan_[index], request_, cause)}).dump();
    };
    pool.progress = [&](std::size_t finished, std::size_t current) { console_.progress(first + finished, plan_[current]); };
    return pool.run(first, last);
  }

  void measure_all_ceilings() {
    const auto mixes = mixes_of(plan_);
    std::vector<Ceiling> ceilings;
    Pool pool; // in a pinned worker, so that this process keeps its cores
    pool.begin = pin_to_last_core;
    pool.work = [&](std::size_t) {
      Json list = Json::array();
      for (const Ceiling& ceiling : measure_ceilings(mixes)) list.push_back({ceiling.name, ceiling.value, ceiling.unit, ceiling.spread});
      return list.dump();
    };
    pool.done = [&](std::size_t, const std::string& result) {
      for (const Json& one : Json::parse(result)) ceilings.push_back({one[0], one[1], one[2], one[3]});
    };
    pool.crashed = [](std::size_t, const std::string& cause) -> std::string {
      throw Unusable("measuring the machine's ceilings was " + cause);
    };
    pool.run(0, 1);
    for (const Ceiling& ceiling : ceilings)
      emit({{"kind", "ceiling"},
            {"run_id", ""},
            {"id", "ceiling/" + ceiling.name},
            {"name", ceiling.name},
            {"value", ceiling.value},
            {"unit", ceiling.unit},
            {"threads", 1}});
    console_.ceilings(ceilings);
  }

  int exit_code_of(bool whole) const {
    if (counts_.fail + counts_.vacuous + counts_.error > 0) return exit_code::failed;
    if (!whole || ran_ < planned_ || ran_ == 0) return exit_code::incomplete;
    return exit_code::ok;
  }

  const Request& request_;
  DeviceSummary device_;
  std::vector<Task> plan_;
  std::size_t planned_, ran_ = 0;
  RecordFile file_;
  Console console_;
  Counts counts_;
  std::string run_id_ = fresh_run_id();
};

} // namespace

DeviceSummary probe_device() {
  int ends[2];
  if (pipe(ends) != 0) throw Unusable("cannot make a pipe");
  const pid_t pid = fork();
  if (pid < 0) throw Unusable("cannot start a process");
  if (pid == 0) {
    close(ends[0]);
    const device::Facts facts = device::facts();
    const std::string text = Json({facts.name, facts.driver, facts.reason}).dump();
    const ssize_t written = write(ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char part[512];
  for (ssize_t n = 0; (n = read(ends[0], part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  const Json facts = Json::parse(text, nullptr, false);
  if (!facts.is_array()) return {{}, {}, "no CUDA device"}; // the driver ended the process
  return {facts[0], facts[1], facts[2]};
}

int execute(const Request& request) {
  catch_interrupts();
  return Execution(request).run();
}

} // namespace assay
