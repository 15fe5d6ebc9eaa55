// What a command will run, in the order of its records. Ids are the one name of a row: filter, record key, input seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "suites/harness/cases.hpp"
#include "suites/harness/inquiry.hpp"
#include "suites/harness/verify.hpp"

namespace assay {

struct Request {
  std::string command; // as typed, for the record
  bool verify = false, bench = false;
  std::string filter;
  std::optional<Backend> backend, require;
  std::uint64_t seed = 1;
  bool thorough = false;
  int jobs = 1, shard = 1, shards = 1;
  double budget = 60; // seconds of timing
  bool peers = false;
  std::string records;
};

enum class What : std::uint8_t { power, verdict, law, claim, measure, peer, skip };

struct Task {
  What what;
  std::string id{}, subject{};
  Backend backend = Backend::cpu;
  std::string reason{};                  // of a skip
  const VariantEntry* variant = nullptr; // power: the first of its types
  const CaseEntry* one = nullptr;
  const LawEntry* law = nullptr;
  const Claim* claim = nullptr;
  std::string peer{}, version{};
  std::string_view op{}, name{}; // of a skip: op and variant, also where nothing is built
};

// Rows of `request`, sorted: ops by family and name, then claims, then everything timed. device_reason: why no CUDA row can
// run; empty if one can. Throws BadInput for a filter that is no regular expression, Unusable where a demanded backend is absent,
// NothingToDo for a filter without a match.
std::vector<Task> make_plan(const Request& request, const std::string& device_reason);

std::string family_of(const VariantEntry& variant);
std::string law_id(const LawEntry& law, const VariantEntry& variant);
std::string_view subject_of(std::string_view op); // of its first case list; empty if none
// "nearest: tiger_step, tiger_accumulate", or empty.
std::string nearest_names(const std::string& text);

// Peers that suites/peers/run.py knows; empty with a reason when Python cannot be run.
struct KnownPeer {
  std::string op, name, version, reason; // reason: why it is not available
  std::vector<std::string> types, devices;
};
std::vector<KnownPeer> list_peers(std::string& failure);

} // namespace assay
