// What was computed for the cases asked lately: all variants of an op have a case's inputs in common, those of the same types and rounding
// units its truths too, and both often cost more than a variant does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "suites/harness/arrays.hpp"

namespace assay {

// As fill_inputs, for the `key` of a case.
void recall_inputs(const OpEntry& op, const void* problem, Arguments& doubles, Fill fill, std::uint64_t key);

struct Truths {
  std::vector<Truth> outputs;
  std::uint64_t hash = 0; // of all values and bounds
};
Truths truths_of(const OpEntry& op, const void* problem, const Arguments& before, const Numerics& numerics, Sample sample);

// The same, kept under the key of the case and the hash of its inputs as stored in `types`.
std::shared_ptr<const Truths> recall_truths(const OpEntry& op, const void* problem, const Arguments& before, const Numerics& numerics,
                                            Sample sample, std::uint64_t key, const std::string& types, std::uint64_t input_hash);

} // namespace assay
