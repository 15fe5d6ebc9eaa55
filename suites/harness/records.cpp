#include "suites/harness/records.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/timing.hpp"

namespace assay {
namespace {

Json check_json(const Check& check) {
  Json row = {{"what", check.what},           {"lhs", number(check.lhs)},     {"rhs", number(check.rhs)},
              {"slack", number(check.slack)}, {"alpha", number(check.alpha)}, {"holds", holds(check)}};
  if (!check.published.empty()) {
    row["published"] = check.published;
    row["measured"] = number(check.measured);
  }
  return row;
}

} // namespace

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

std::string hexadecimal(std::uint64_t value) { return fmt::format("0x{:016x}", value); }

std::string evidence_of(Backend backend) {
  if (backend == Backend::simt) return "emulated";
  return backend == Backend::cpu && environment().sanitised ? "sanitised" : "ran";
}

Json variant_row(const char* kind, std::string id, std::string_view subject, const VariantEntry& variant) {
  return {{"kind", kind},
          {"run_id", ""}, // set when the row is written
          {"id", std::move(id)},
          {"subject", subject},
          {"op", variant.op->name},
          {"variant", variant.name},
          {"idea", variant.idea},
          {"types", variant.types},
          {"backend", name_of(variant.backend)},
          {"role", "ours"}};
}

void add_case(Json& row, const CaseEntry& one) {
  Json problem = Json::object();
  for (const OpEntry* op : ops())
    if (op->name == one.op)
      for (const Axis& axis : op->axes(one.problem.get())) std::visit([&](const auto& value) { problem[axis.name] = value; }, axis.value);
  row["problem"] = std::move(problem);
  row["fill"] = name_of(one.fill);
  row["why"] = one.why;
}

void add_verdict(Json& row, const Verdict& verdict, const Numerics& numerics, std::string_view evidence) {
  row["status"] = name_of(verdict.status);
  row["ratio"] = number(verdict.ratio);
  row["numerics"] = {{"store", numerics.store}, {"add", numerics.add}, {"exp", numerics.exp}, {"operand", numerics.operand}};
  row["output"] = verdict.output;
  row["at"] = verdict.at;
  row["got"] = number(verdict.got);
  row["want"] = number(verdict.want);
  row["bound"] = number(verdict.bound);
  row["undecided"] = verdict.undecided;
  row["covered"] = verdict.covered;
  row["elements"] = verdict.elements;
  row["truth_hash"] = hexadecimal(verdict.truth_hash);
  row["evidence"] = evidence;
  if (!verdict.checkers.empty()) row["checkers"] = verdict.checkers;
  row["message"] = verdict.message;
}

void add_outcome(Json& row, const Outcome& outcome) {
  row["status"] = name_of(outcome.status);
  row["checks"] = Json::array();
  for (const Check& check : outcome.checks) row["checks"].push_back(check_json(check));
  row["controls"] = Json::array();
  for (const Control& control : outcome.controls)
    row["controls"].push_back(
        {{"breaks", control.breaks}, {"rejected", control.rejected}, {"check", control.check ? check_json(*control.check) : Json()}});
  row["unproven"] = outcome.unproven;
  row["used"] = number(outcome.used);
  row["margin"] = number(1 - outcome.used);
  row["alpha"] = outcome.alpha;
  row["message"] = outcome.message;
}

void add_measurement(Json& row, const Measurement& measurement) {
  const double time = median(measurement.seconds);
  row["seconds"] = measurement.seconds;
  row["flops"] = measurement.work.flops;
  row["bytes"] = measurement.work.bytes;
  row["exps"] = measurement.work.exps;
  row["cold"] = measurement.cold;
  row["batch"] = measurement.batch;
  row["launches"] = measurement.launches;
  row["converged"] = measurement.converged;
  if (measurement.disbelieved > 0) row["disbelieved"] = measurement.disbelieved;
  if (!measurement.beside.empty()) row["beside"] = {{"variant", measurement.beside}, {"seconds", measurement.beside_seconds}};
  row["code_hash"] = measurement.code_hash;
  row["prepare_s"] = measurement.prepare_seconds;
  row["ceiling"] = measurement.ceiling;
  row["floor_s"] = measurement.floor_seconds;
  row["efficiency"] = number(measurement.floor_seconds / time);
}

Json series_row(const std::string& id, const Series& series) {
  Json rows = Json::array();
  for (const std::vector<double>& values : series.rows) {
    Json row = Json::array();
    for (const double value : values) row.push_back(number(value));
    rows.push_back(std::move(row));
  }
  return {{"kind", "series"}, {"run_id", ""}, {"id", id}, {"name", series.name}, {"columns", series.columns}, {"rows", std::move(rows)}};
}

std::string repro(std::string_view command, std::string_view id, std::string_view backend, std::uint64_t seed, bool thorough) {
  std::string pattern;
  for (const char c : id) {
    if (std::strchr(".+*?()[]{}^$|\\", c) != nullptr) pattern += '\\';
    pattern += c;
  }
  return fmt::format("assay {} --filter '^{}$'{} --seed {}{}", command, pattern,
                     backend.empty() ? "" : " --backend " + std::string(backend), seed, thorough ? " --effort thorough" : "");
}

RecordFile::RecordFile(const std::string& path) : path_(path) {
  if (path_.empty()) return;
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path_, ignored)) throw BadInput("--records '" + path_ + "' is a folder; name a file in it");
  const fs::path file(path_);
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  if (fs::is_regular_file(file, ignored) && fs::file_size(file, ignored) > 0) {
    fs::path previous = file;
    previous.replace_filename(file.stem().string() + ".previous" + file.extension().string());
    fs::rename(file, previous, ignored);
  }
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw Unusable("cannot write --records '" + path_ + "': " + std::strerror(errno));
}

RecordFile::~RecordFile() {
  if (file_ >= 0) close(file_);
}

void RecordFile::write(const Json& row) {
  if (file_ < 0) return;
  std::string line = row.dump(-1, ' ', false, Json::error_handler_t::replace);
  line.pop_back(); // the closing brace comes after the checksum
  boost::crc_32_type crc;
  crc.process_bytes(line.data(), line.size());
  line += fmt::format(",\"crc\":\"{:08x}\"}}\n", crc.checksum());
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(file_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Unusable("cannot write records to '" + path_ + "': " + std::strerror(errno));
    done += static_cast<std::size_t>(n);
  }
}

} // namespace assay
