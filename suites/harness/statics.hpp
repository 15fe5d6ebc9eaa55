// What the assembler said of the CUDA kernels, and whether they keep to what is recorded of them. Evidence without a device.
#pragma once

#include <string>
#include <vector>

#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"

namespace assay {

// One row of kind "static" for each kernel and architecture of the variants in the plan, written by the build; none without a toolkit.
std::vector<Json> static_rows(const std::vector<Task>& plan);

// Puts status, message and recorded into a row. `budgets`: the lines of kernels/static_budgets.jsonl. Numbers are of one version of nvcc:
// where budgets of other versions are all there is, the status is null. A kernel that its version's budgets lack fails.
void judge(Json& row, const std::vector<Json>& budgets);

// Hash of the machine code of a variant, over all its kernels and architectures; empty where the build knows none.
std::string code_hash(const VariantEntry& variant);

// Table for `assay explain`; empty where nothing is known.
std::string static_table(const std::string& op, const std::string& variant);

} // namespace assay
