#include "suites/harness/statics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <tuple>

#include "suites/harness/device.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/run.hpp"

namespace assay {
namespace {

constexpr std::initializer_list<const char*> of_kernel = {"toolkit", "op", "variant", "arch", "kernel", "registers", "spills", "occupancy"};

// BadInput names file and line.
std::vector<Json> lines_of(const std::string& path, std::initializer_list<const char*> keys) {
  std::vector<Json> rows;
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    Json row = Json::parse(line, nullptr, false);
    for (const char* const key : keys)
      if (!row.is_object() || !row.contains(key))
        throw BadInput(
            fmt::format("{}:{}: not an object with \"{}\"; the build and kernels/static_budgets.py write these lines", path, number, key));
    rows.push_back(std::move(row));
  }
  return rows;
}

using Key = std::tuple<std::string, std::string, std::string, std::string>;
Key key_of(const Json& row) { return {row.at("op"), row.at("variant"), row.at("arch"), row.at("kernel")}; }

std::vector<Json> all_rows() {
  if (std::string_view(build::toolkit).empty()) return {}; // what an earlier build with a toolkit left is not of this program
  const std::vector<Json> budgets = lines_of(std::string(build::source_dir) + "/kernels/static_budgets.jsonl", of_kernel);
  std::vector<Json> rows;
  for (const Json& facts : lines_of(std::string(build::binary_dir) + "/static_evidence.jsonl", of_kernel)) {
    const auto [op, variant, arch, kernel] = key_of(facts);
    Json row = {{"kind", "static"}, {"run_id", ""}, {"id", fmt::format("static/{}/{}/{}/{}", op, variant, arch, kernel)}};
    row.update(facts);
    judge(row, budgets);
    row["repro"] = fmt::format("assay explain {}/{}", op, variant);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string percent(const Json& share) { return share.is_null() ? "unknown" : fmt::format("{:.0f} %", 100 * share.get<double>()); }

} // namespace

void judge(Json& row, const std::vector<Json>& budgets) {
  const auto of_its_toolkit = [&](const Json& budget) { return budget.at("toolkit") == row.at("toolkit"); };
  const auto found =
      std::ranges::find_if(budgets, [&](const Json& budget) { return of_its_toolkit(budget) && key_of(budget) == key_of(row); });
  row["recorded"] = nullptr;
  if (found == budgets.end()) {
    const bool other_toolkits = !budgets.empty() && std::ranges::none_of(budgets, of_its_toolkit);
    row["status"] = other_toolkits ? Json() : Json("fail");
    row["message"] = other_toolkits
                         ? fmt::format("built by nvcc {}; no budgets are recorded with it", row.at("toolkit").get<std::string>())
                         : "no budget is recorded for this kernel; after a look at its numbers: python3 kernels/static_budgets.py";
    return;
  }
  const Json& budget = *found;
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

std::string code_hash(const VariantEntry& variant) {
  std::string found;
  const char* const file = variant.backend == Backend::cuda ? "/static_evidence.jsonl" : "/code_hashes.jsonl";
  for (const Json& row : lines_of(build::binary_dir + std::string(file), {"op", "variant", "hash"}))
    if (row.at("op") == variant.op->name && row.at("variant") == variant.name)
      found += (found.empty() ? "" : "+") + row.at("hash").get<std::string>();
  return found;
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
