#include "suites/harness/statics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "suites/harness/device.hpp"
#include "suites/harness/run.hpp"

namespace assay {
namespace {

std::vector<Json> lines_of(const std::string& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) rows.push_back(Json::parse(line));
  return rows;
}

using Key = std::tuple<std::string, std::string, std::string, std::string>;
Key key_of(const Json& row) { return {row.at("op"), row.at("variant"), row.at("arch"), row.at("kernel")}; }

std::vector<Json> all_rows() {
  std::map<Key, Json> budgets;
  for (Json& budget : lines_of(std::string(build::source_dir) + "/kernels/static_budgets.jsonl"))
    budgets.emplace(key_of(budget), std::move(budget));
  std::vector<Json> rows;
  for (const Json& facts : lines_of(std::string(build::binary_dir) + "/static_evidence.jsonl")) {
    const auto [op, variant, arch, kernel] = key_of(facts);
    Json row = {{"kind", "static"}, {"run_id", ""}, {"id", fmt::format("static/{}/{}/{}/{}", op, variant, arch, kernel)}};
    row.update(facts);
    const auto budget = budgets.find(key_of(facts));
    judge(row, budget == budgets.end() ? Json() : budget->second);
    row["repro"] = fmt::format("assay explain {}/{}", op, variant);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string percent(const Json& share) { return share.is_null() ? "unknown" : fmt::format("{:.0f} %", 100 * share.get<double>()); }

} // namespace

void judge(Json& row, const Json& budget) {
  row["recorded"] = nullptr;
  row["status"] = "fail";
  row["message"] = "no budget is recorded for this kernel; after a look at its numbers: python3 kernels/static_budgets.py";
  if (budget.is_null()) return;
  if (budget.at("toolkit") != row.at("toolkit")) {
    row["status"] = nullptr;
    row["message"] = fmt::format("built by nvcc {}; the budget was recorded with {}", row.at("toolkit").get<std::string>(),
                                 budget.at("toolkit").get<std::string>());
    return;
  }
  row["recorded"] = {{"registers", budget.at("registers")}, {"spills", budget.at("spills")}, {"occupancy", budget.at("occupancy")}};
  std::string message;
  if (row.at("spills").get<int>() > budget.at("spills").get<int>())
    message = fmt::format("spills {} bytes; {} are recorded", row.at("spills").get<int>(), budget.at("spills").get<int>());
  const Json &now = row.at("occupancy"), &before = budget.at("occupancy");
  if (!before.is_null() && (now.is_null() || now.get<double>() < before.get<double>()))
    message += fmt::format("{}occupancy {}; {} is recorded", message.empty() ? "" : ", ", percent(now), percent(before));
  row["status"] = message.empty() ? "pass" : "fail";
  row["message"] = message;
}

std::vector<Json> static_rows(const std::vector<Task>& plan) {
  std::set<std::pair<std::string, std::string>> asked;
  for (const Task& task : plan) asked.emplace(task.op, task.name);
  std::vector<Json> rows = all_rows();
  std::erase_if(rows, [&](const Json& row) { return !asked.contains({row.at("op"), row.at("variant")}); });
  return rows;
}

std::string static_table(const std::string& op, const std::string& variant) {
  std::string text;
  for (const Json& row : all_rows()) {
    if (row.at("op") != op || (!variant.empty() && row.at("variant") != variant)) continue;
    if (text.empty())
      text = fmt::format("    {:<12} {:<34} {:<8} {:>9} {:>7} {:>7} {:>8} {:>10}  {}\n", "variant", "kernel", "arch", "registers", "spills",
                         "shared", "threads", "occupancy", "machine code");
    text += fmt::format("    {:<12} {:<34} {:<8} {:>9} {:>7} {:>7} {:>8} {:>10}  {}{}\n", row.at("variant").get<std::string>(),
                        row.at("kernel").get<std::string>(), row.at("arch").get<std::string>(), row.at("registers").get<int>(),
                        row.at("spills").get<int>(), row.at("shared").get<int>(),
                        row.at("threads").is_null() ? "any" : std::to_string(row.at("threads").get<int>()), percent(row.at("occupancy")),
                        row.at("hash").get<std::string>(), row.at("status") == "fail" ? "  ✗ " + row.at("message").get<std::string>() : "");
  }
  return text;
}

} // namespace assay
