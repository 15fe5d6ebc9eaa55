// What the assembler said of the CUDA kernels, and whether they keep to what is recorded of them. Evidence without a device.
#pragma once

#include <string>
#include <vector>

#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"

namespace assay {

// One row of kind "static" for each kernel and architecture of the variants in the plan, written by the build; none without a toolkit.
std::vector<Json> static_rows(const std::vector<Task>& plan);

// Puts status, message and recorded into a row. `budget` is the kernel's line of kernels/static_budgets.jsonl, null where it has none.
// Budgets of another toolkit are not held against the row: its status is null.
void judge(Json& row, const Json& budget);

// Table for `assay explain`; empty where nothing is known.
std::string static_table(const std::string& op, const std::string& variant);

} // namespace assay
