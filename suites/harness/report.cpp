// Records in, page out. The page is made by Python; what is wrong with a file is said here, before anything starts.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "suites/harness/device.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/peers.hpp"
#include "suites/harness/records.hpp"
#include "suites/harness/run.hpp"

namespace assay {
namespace {

void check_records(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw BadInput("record file '" + path + "' does not exist; assay verify --records " + path + " writes one");
  if (fs::is_directory(path, ignored)) throw BadInput("record file '" + path + "' is a folder; name a file in it");
  std::ifstream file(path);
  if (!file) throw BadInput("record file '" + path + "' cannot be read: " + std::strerror(errno));
  std::int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const Json row = Json::parse(line, nullptr, false);
    if (row.is_discarded()) throw BadInput(fmt::format("{}:{}: this is not JSON: {}", path, number, line.substr(0, 60)));
    if (!row.is_object() || !row.contains("kind") || !row.contains("run_id"))
      throw BadInput(fmt::format("{}:{}: this is not a record: it lacks 'kind' or 'run_id'", path, number));
  }
  if (number == 0) throw BadInput("record file '" + path + "' is empty");
}

// Exit status of `python -m words`, or -1 where it has none.
int run_module(std::vector<std::string> words) {
  words.insert(words.begin(), {python(), "-m"});
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid < 0) throw Unusable("cannot start a process for Python");
  if (pid == 0) {
    const char* path = std::getenv("PYTHONPATH");
    setenv("PYTHONPATH", (std::string(build::source_dir) + (path != nullptr ? ":" + std::string(path) : "")).c_str(), 1);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

int make_report(const std::vector<std::string>& records, const std::string& folder) {
  for (const std::string& path : records) check_records(path);
  std::vector<std::string> words{"reports.page"};
  words.insert(words.end(), records.begin(), records.end());
  words.insert(words.end(), {"-o", folder});
  if (run_module(std::move(words)) == exit_code::ok) {
    fmt::print(" page: {}\n", (std::filesystem::path(folder) / "index.html").string());
    return exit_code::ok;
  }
  throw Unusable(fmt::format("the page could not be made with {} (records are kept); type ci/setup, then assay report {} -o {}", python(),
                             records.front(), folder));
}

int compare(const std::string& base, const std::string& now) {
  const int code = run_module({"reports.compare", base, now});
  if ((code >= 0 && code <= exit_code::bad_input) || code == exit_code::internal) return code;
  throw Unusable(fmt::format("records could not be compared with {}; type ci/setup, then assay compare {} {}", python(), base, now));
}

} // namespace assay
