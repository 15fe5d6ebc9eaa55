// Records: JSON Lines, one row per thing that was asked. reports/schema.json is the contract; tests hold the two together.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "suites/harness/inquire.hpp"
#include "suites/harness/measure.hpp"
#include "suites/harness/verify.hpp"

namespace assay {

using Json = nlohmann::ordered_json;

Json number(double value); // non-finite numbers become "inf", "-inf", "nan"
std::string hexadecimal(std::uint64_t value);

// What every row of a variant's verdict, law or measurement says about itself.
Json variant_row(const char* kind, std::string id, std::string_view subject, const VariantEntry& variant);
void add_case(Json& row, const CaseEntry& one);
void add_verdict(Json& row, const Verdict& verdict, const Numerics& numerics, std::string_view evidence);
void add_outcome(Json& row, const Outcome& outcome);
void add_measurement(Json& row, const Measurement& measurement);
Json series_row(const std::string& id, const Series& series);

// Command that reruns one row.
std::string repro(std::string_view command, std::string_view id, std::string_view backend, std::uint64_t seed, bool thorough);
std::string evidence_of(Backend backend);

// Appends lines to a new file; a file that is there already is kept under <stem>.previous<extension>.
class RecordFile {
public:
  explicit RecordFile(const std::string& path); // empty path: nothing is written
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;
  // One write(2) per line, so that a killed run leaves whole lines; the last key of each is the CRC-32 of the line before it.
  void write(const Json& row);
  const std::string& path() const { return path_; }

private:
  std::string path_;
  int file_ = -1;
};

} // namespace assay
