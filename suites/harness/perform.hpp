// One task of a plan, carried out in a worker: the rows of records that it leaves.
#pragma once

#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"

namespace assay {

// Never throws for what a variant, claim or peer does: that becomes a row with status error.
std::vector<Json> perform(const Task& task, const Request& request, double seconds_for_this_row);

// The row that stands for a task whose worker died.
Json crash_row(const Task& task, const Request& request, const std::string& cause);

std::string repro_of(const Task& task, const Request& request);

} // namespace assay
