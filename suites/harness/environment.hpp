// The machine, the build and the source that a run belongs to.
#pragma once

#include <sched.h>

#include <cstddef>
#include <string>

namespace assay {

struct Cpu {
  std::string model;
  int cores = 0;               // that this process may use
  std::size_t cache_bytes = 0; // last level
};

struct Environment {
  Cpu cpu;
  std::string commit; // 40 hexadecimal digits, or "unknown"
  bool dirty = false;
  bool sanitised = false; // built with AddressSanitizer and UndefinedBehaviorSanitizer
};

const Environment& environment(); // read once

void pin_to_last_core(); // this process and its threads; timing runs there
// The same as long as the object lives.
class Pinned {
public:
  Pinned();
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

private:
  cpu_set_t before_;
};

std::string utc_now(); // 2026-11-23T14:02:11Z

} // namespace assay
