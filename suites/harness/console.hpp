// What a person sees: one live line on a terminal, failures as they come, a summary whose last line is the verdict.
#pragma once

#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "suites/harness/plan.hpp"
#include "suites/harness/records.hpp"

namespace assay {

struct Counts {
  std::int64_t pass = 0, fail = 0, vacuous = 0, skipped = 0, error = 0;
};

class Console {
public:
  Console(const Request& request, std::size_t planned);
  void head(const std::string& gpu) const;
  void ceilings(const std::vector<Ceiling>& list);
  void progress(std::size_t finished, const Task& current); // redrawn in place; nothing when piped
  void add(const Task& task, const std::vector<Json>& rows);
  void add_static(const Json& row);
  void say(const std::string& line); // clears the live line first
  void summary(const Counts& counts, std::size_t ran, std::size_t planned, const std::string& records, double seconds, bool stopped);

private:
  void clear_line();
  void explain(const Task& task, const Json& row);
  void controls_table() const;
  void timing_table() const;

  struct Group { // one line of the summary
    std::set<std::string> variants, evidence;
    std::int64_t cases = 0, controls = 0, unproven = 0;
    double worst = 0, nearest = HUGE_VAL; // of controls: the least multiple of its bound that one was rejected at
    bool bad = false;
  };
  const Request& request_;
  std::size_t planned_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::map<std::pair<std::string, std::string>, Group> ops_, laws_, claims_; // (heading, name)
  std::vector<std::pair<std::string, std::string>> order_;
  std::map<std::string, std::int64_t> skips_; // by reason
  std::vector<Json> timings_, statics_, inquiries_;
};

std::string duration(double seconds);    // "1 min 05 s", "4.2 s"
std::string engineering(double seconds); // "4.52 ms"

} // namespace assay
