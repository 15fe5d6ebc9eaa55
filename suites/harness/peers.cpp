#include "suites/harness/peers.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/inquire.hpp"
#include "suites/harness/pool.hpp"
#include "suites/harness/records.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

struct Output {
  int status;
  std::string text;
};

Output run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start a shell for: " + command);
  Output output{0, {}};
  char part[4096];
  for (std::size_t n = 0; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) output.text.append(part, n);
  output.status = pclose(pipe);
  return output;
}

std::string peers_command() { return shell_quoted(python()) + " " + shell_quoted(std::string(build::source_dir) + "/suites/peers/run.py"); }

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "assay-peer-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + fs::temp_directory_path().string());
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

} // namespace

std::string python() {
  if (const char* chosen = std::getenv("ASSAY_PYTHON"); chosen != nullptr && *chosen != 0) return chosen;
  const fs::path local = fs::path(build::source_dir) / ".venv/bin/python";
  return fs::exists(local) ? local.string() : "python3";
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::vector<KnownPeer> list_peers(std::string& failure) {
  const Output output = run(peers_command() + " --list");
  if (output.status != 0) {
    failure = fmt::format("{} cannot list them; type ci/setup", python());
    return {};
  }
  std::vector<KnownPeer> peers;
  std::size_t start = 0;
  while (start < output.text.size()) {
    const std::size_t end = std::min(output.text.find('\n', start), output.text.size());
    const Json line = Json::parse(output.text.substr(start, end - start), nullptr, false);
    start = end + 1;
    if (!line.is_object()) continue;
    KnownPeer peer{line.at("op"), line.at("peer"), line.value("version", ""), "", line.at("types"), line.at("devices")};
    if (!line.at("available").get<bool>()) peer.reason = line.value("why", "not installed");
    peers.push_back(std::move(peer));
  }
  return peers;
}

struct Peer::Process {
  pid_t pid = -1;
  std::FILE *to = nullptr, *from = nullptr;
  TemporaryFolder folder;
  std::string said{}; // the end of what it printed, for errors

  ~Process() {
    if (to != nullptr) std::fclose(to); // the end of its input ends it
    if (from != nullptr) std::fclose(from);
    if (pid > 0) waitpid(pid, nullptr, 0);
  }

  // The next line that is a JSON object: a peer may print warnings before it. Null at its end.
  Json answer() {
    char* line = nullptr;
    std::size_t room = 0;
    const std::unique_ptr<char*, void (*)(char**)> free_line(&line, [](char** at) { std::free(*at); });
    while (getline(&line, &room, from) >= 0) {
      Json found = Json::parse(line, nullptr, false);
      if (found.is_object()) return found;
      said += line;
      if (said.size() > 400) said.erase(0, said.size() - 400);
    }
    return {};
  }

  // Of one that has no more to say. Libraries may take their interpreter with them, without a word.
  [[noreturn]] void fail(std::string_view peer, std::string_view when) {
    std::fclose(std::exchange(to, nullptr));   // the end of its input ends it,
    std::fclose(std::exchange(from, nullptr)); // if it does not wait for us to read on
    const std::string end = end_of(std::exchange(pid, -1));
    throw std::runtime_error(fmt::format("peer {} failed{}, its process was {}: {}", peer, when, end, said));
  }
};

Peer::Peer(const Task& task, Trial& trial) : name_(task.peer), process_(std::make_unique<Process>()) {
  const fs::path& folder = process_->folder.path;
  Json description = {
      {"op", task.variant->op->name}, {"peer", task.peer}, {"types", task.variant->types}, {"device", name_of(task.backend)}};
  add_case(description, *task.one);
  description["arrays"] = Json::array();
  const std::vector<Array>& arrays = trial.arguments().arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::string file = std::string(arrays[i].name) + ".bin";
    constexpr const char* roles[] = {"in", "out", "inout"};
    description["arrays"].push_back({{"name", arrays[i].name},
                                     {"role", roles[static_cast<std::size_t>(arrays[i].role)]},
                                     {"type", name_of(arrays[i].type)},
                                     {"shape", arrays[i].shape},
                                     {"file", file}});
    if (arrays[i].role == Role::out) continue;
    std::ofstream out(folder / file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(trial.stored()[i].data()), static_cast<std::streamsize>(trial.stored()[i].size()));
    if (!out.flush()) throw std::runtime_error("cannot write inputs of a peer to " + folder.string());
  }
  std::ofstream(folder / "case.json") << description.dump(1);

  int down[2], up[2];
  if (pipe(down) != 0 || pipe(up) != 0) throw std::runtime_error("cannot make a pipe to a peer");
  const std::string interpreter = python(), script = std::string(build::source_dir) + "/suites/peers/run.py";
  process_->pid = fork();
  if (process_->pid < 0) throw std::runtime_error("cannot start a process for a peer");
  if (process_->pid == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    dup2(up[1], STDERR_FILENO);
    for (const int end : {down[0], down[1], up[0], up[1]}) close(end);
    execlp(interpreter.c_str(), interpreter.c_str(), script.c_str(), "--serve", folder.c_str(), nullptr);
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  process_->to = fdopen(down[1], "w");
  process_->from = fdopen(up[0], "r");

  const Json ready = process_->answer();
  if (ready.contains("unsupported")) throw NotAccepted("peer does not take this problem: " + ready.at("unsupported").get<std::string>());
  if (!ready.contains("ready")) process_->fail(name_, "");
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    std::vector<std::byte> bytes = trial.stored()[i];
    if (arrays[i].role != Role::in) {
      const fs::path file = folder / (std::string(arrays[i].name) + ".out.bin");
      std::ifstream in(file, std::ios::binary);
      in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      if (in.gcount() != static_cast<std::streamsize>(bytes.size()))
        throw std::runtime_error(fmt::format("peer {} did not write {}", name_, file.filename().string()));
    }
    after_.push_back(std::move(bytes));
  }
}

Peer::Peer(Peer&&) noexcept = default;
Peer::~Peer() = default;

double Peer::sample() {
  std::fputs("sample\n", process_->to);
  std::fflush(process_->to);
  const Json answer = process_->answer();
  if (!answer.contains("seconds")) process_->fail(name_, " while it was timed");
  return answer.at("seconds").get<double>();
}

} // namespace assay
