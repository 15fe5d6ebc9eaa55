// One variant on one problem: is what it computes within the error bound, and does it keep its contract?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/simt/executor.hpp"
#include "suites/harness/arrays.hpp"
#include "suites/harness/cases.hpp"

namespace assay {

// vacuous: it passes, and so does something that should not; skipped: not run here; error: it could not be asked.
enum class Status : std::uint8_t { pass, fail, vacuous, skipped, error };
std::string_view name_of(Status status);

struct Verdict {
  Status status = Status::pass;
  double ratio = 0;   // worst |got - want| / bound over all outputs, or worst certificate; 0 = exact
  std::string output; // where: output, element
  std::int64_t at = -1;
  double got = 0, want = 0, bound = 0;
  std::int64_t over = 0, undecided = 0, covered = 0, elements = 0; // elements over, without, with a finite bound; in all
  std::uint64_t truth_hash = 0;                                    // of all values and bounds: the same in every build
  std::string message;                                             // empty when it passes
  std::vector<std::string_view> checkers;                          // what an emulated run was under, besides the comparison
};

// The inputs of one case in a variant's storage, and again in double, rounded alike.
class Trial {
public:
  Trial(const VariantEntry& variant, const CaseEntry& one, std::uint64_t seed);

  // Restores the inputs, calls `calls` times on freshly poisoned outputs and judges every call. sample: see Sample. Under simt every call
  // has another schedule, at least one call has each, and the access checker's twin is called besides, with perturbed arithmetic.
  Verdict verify(Sample sample, int calls);
  // One call on the arguments as they are; for timing.
  void call();
  void restore() { reset(arguments_, stored_, 0xFF); }

  Arguments& arguments() { return arguments_; }
  const Launch& launch() const { return launch_; }
  std::uint64_t input_hash() const { return input_hash_; }
  double prepare_seconds() const { return prepare_seconds_; }
  const std::vector<std::vector<std::byte>>& stored() const { return stored_; }
  const Arguments& before() const { return before_; }

private:
  std::string contract(const std::vector<std::vector<std::byte>>& first, const std::vector<std::vector<std::byte>>& second) const;
  std::vector<std::vector<std::byte>> download() const;
  Verdict judged(const std::vector<std::vector<std::byte>>& after, Sample sample) const;
  // Empty, or what the executor found.
  std::string guarded_call();
  Verdict verify_checked(const VariantEntry& checked, Verdict plain, Sample sample, const std::vector<std::vector<std::byte>>& expected);

  const VariantEntry& variant_;
  const CaseEntry& case_;
  std::uint64_t seed_;
  Arguments before_, arguments_;
  std::vector<std::vector<std::byte>> stored_;
  Buffer scratch_;
  simt::Stream executor_; // what launch_.stream points to under simt
  Launch launch_;
  std::uint64_t input_hash_ = 0;
  double prepare_seconds_ = 0;
};

// Holds outputs of storage types against the truth and the certificate of an op. `after` has the bytes of every array.
// Also used for outputs that a peer computed in another process.
Verdict judge_outputs(const OpEntry& op, const void* problem, const Numerics& numerics, Fill fill, const Arguments& before,
                      const std::vector<Array>& types, const std::vector<std::vector<std::byte>>& after, Sample sample);

// Launch::stream for a backend. `executor` has to live as long as it is used.
void* stream_of(Backend backend, simt::Stream& executor);

// key of the inputs of a case: the same for every variant, type and backend.
std::uint64_t case_key(const CaseEntry& one, std::uint64_t seed);

std::string_view name_of(Fill fill);
std::string_view name_of(Backend backend);
// <axes>,fill=<fill>: axes that have their default value are left out, and listed in the record.
std::string case_name(const CaseEntry& one);
std::string verdict_id(const VariantEntry& variant, const CaseEntry& one);

} // namespace assay
