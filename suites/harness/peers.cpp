#include "suites/harness/peers.hpp"

#include <fmt/core.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "suites/harness/device.hpp"
#include "suites/harness/environment.hpp"
#include "suites/harness/inquire.hpp"
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

// The last line that is a JSON object: a peer may print warnings before it.
Json last_object(const std::string& text) {
  Json found;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    Json line = Json::parse(text.substr(start, end - start), nullptr, false);
    if (line.is_object()) found = std::move(line);
    start = end + 1;
  }
  return found;
}

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

std::vector<Peer> list_peers(std::string& failure) {
  const Output output = run(peers_command() + " --list");
  if (output.status != 0) {
    failure = fmt::format("{} cannot list them; type ci/setup", python());
    return {};
  }
  std::vector<Peer> peers;
  std::size_t start = 0;
  while (start < output.text.size()) {
    const std::size_t end = std::min(output.text.find('\n', start), output.text.size());
    const Json line = Json::parse(output.text.substr(start, end - start), nullptr, false);
    start = end + 1;
    if (!line.is_object()) continue;
    Peer peer{line.at("op"), line.at("peer"), line.value("version", ""), "", line.at("types")};
    if (!line.at("available").get<bool>()) peer.reason = line.value("why", "not installed");
    peers.push_back(std::move(peer));
  }
  return peers;
}

PeerResult run_peer(const Task& task, Trial& trial, double seconds) {
  const TemporaryFolder folder;
  Json description = {{"op", task.variant->op->name}, {"peer", task.peer}, {"types", task.variant->types},
                      {"seconds", seconds},           {"samples", 101},    {"core", environment().cpu.cores - 1}};
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
    std::ofstream out(folder.path / file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(trial.stored()[i].data()), static_cast<std::streamsize>(trial.stored()[i].size()));
    if (!out.flush()) throw std::runtime_error("cannot write inputs of a peer to " + folder.path.string());
  }
  std::ofstream(folder.path / "case.json") << description.dump(1);

  const Output output = run(peers_command() + " --run " + shell_quoted(folder.path.string()));
  const Json answer = last_object(output.text);
  if (answer.is_object() && answer.contains("unsupported"))
    throw NotAccepted("peer absent: " + answer.at("unsupported").get<std::string>());
  if (output.status != 0 || !answer.is_object() || !answer.contains("seconds"))
    throw std::runtime_error(
        fmt::format("peer {} failed: {}", task.peer, output.text.substr(output.text.size() > 400 ? output.text.size() - 400 : 0)));
  PeerResult result;
  result.seconds = answer.at("seconds").get<std::vector<double>>();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    std::vector<std::byte> bytes = trial.stored()[i];
    if (arrays[i].role != Role::in) {
      const fs::path file = folder.path / (std::string(arrays[i].name) + ".out.bin");
      std::ifstream in(file, std::ios::binary);
      in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      if (in.gcount() != static_cast<std::streamsize>(bytes.size()))
        throw std::runtime_error(fmt::format("peer {} did not write {}", task.peer, file.filename().string()));
    }
    result.after.push_back(std::move(bytes));
  }
  return result;
}

} // namespace assay
