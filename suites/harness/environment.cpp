#include "suites/harness/environment.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>

#include "suites/harness/device.hpp"

namespace assay {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 256> part{};
  while (pipe && std::fgets(part.data(), part.size(), pipe.get()) != nullptr) text += part.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// Of one core: sysconf() adds up all instances of a level on some machines.
std::size_t last_level_cache() {
  std::size_t bytes = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    std::size_t size = 0;
    char unit = 0;
    if (file >> size) bytes = std::max(bytes, size << (file >> unit && unit == 'M' ? 20 : unit == 'K' ? 10 : 0));
  }
  return bytes > 0 ? bytes : std::size_t{32} << 20;
}

Environment read() {
  Environment environment;
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) {
      environment.cpu.model = line.substr(line.find(':') + 2);
      break;
    }
  environment.cpu.cores = usable_cores();
  environment.cpu.cache_bytes = last_level_cache();
  const std::string git = "git -C '" + std::string(build::source_dir) + "' ";
  environment.commit = output_of(git + "rev-parse HEAD 2>/dev/null");
  if (environment.commit.size() != 40)
    environment.commit = "unknown";
  else
    environment.dirty = !output_of(git + "status --porcelain --untracked-files=no 2>/dev/null").empty();
#ifdef __SANITIZE_ADDRESS__
  environment.sanitised = true;
#endif
  return environment;
}

} // namespace

const Environment& environment() {
  static const Environment known = read();
  return known;
}

void pin_to_last_core() {
  cpu_set_t allowed, one;
  CPU_ZERO(&allowed);
  CPU_ZERO(&one);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int core = CPU_SETSIZE - 1; core >= 0; --core)
    if (CPU_ISSET(core, &allowed)) {
      CPU_SET(core, &one);
      sched_setaffinity(0, sizeof one, &one); // refused in some containers: timing is then unpinned, and noisier
      return;
    }
}

Pinned::Pinned() {
  if (sched_getaffinity(0, sizeof before_, &before_) != 0) CPU_ZERO(&before_);
  pin_to_last_core();
}
Pinned::~Pinned() {
  if (CPU_COUNT(&before_) > 0) sched_setaffinity(0, sizeof before_, &before_);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

} // namespace assay
