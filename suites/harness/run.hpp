// The commands that run things.
#pragma once

#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"

namespace assay {

// verify, bench, or both: returns the exit code of what it found.
int execute(const Request& request);

// Device facts, read in a process of their own: a CUDA driver does not survive a fork.
struct DeviceSummary {
  std::string name, driver, reason; // reason: why there is none
};
DeviceSummary probe_device();
// The row that stands first in a file of records: what this run is of.
Json run_row(const Request& request, const DeviceSummary& device);

// Writes the page from record files; checks them first. Returns the exit code.
int make_report(const std::vector<std::string>& records, const std::string& folder);

// Two files of stored times. Returns the exit code of what it found.
int compare(const std::string& base, const std::string& now);

int list_rows(const Request& request, bool json);
int explain(const std::string& id);
int doctor();

} // namespace assay
