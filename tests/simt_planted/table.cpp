// assay_simt_planted [--write|--check FILE]: runs every planted bug and its sound twin under every detector, each in a process of its own,
// and prints three tables; --write puts them into FILE, --check holds FILE against them.
// Exit 0: every bug is found, every twin is clean, and no detector can be left out without losing a bug; 1 otherwise.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "tests/simt_planted/planted.hpp"

// A wild access ends the process as it would without a sanitizer: a crash is no finding of theirs.
extern "C" const char* __asan_default_options() { return "handle_segv=0:handle_sigbus=0:detect_leaks=0"; }

namespace assay::planted {

std::vector<Bug>& bugs() {
  static std::vector<Bug> list;
  return list;
}

bool add(std::string_view file, std::string_view what, std::string_view flavour, Seen (*run)(bool, simt::Stream&)) {
  const std::size_t slash = file.rfind('/') + 1;
  bugs().push_back({file.substr(slash, file.rfind('.') - slash), what, flavour, run});
  return true;
}

namespace {

// Everything that can find a bug. The first six work in every build; the others need kernels compiled for them.
enum Detector { comparison, schedules, poison, convergence, late, guards, access, asan, ubsan, launch, crash, count };
constexpr std::array<const char*, count> names = {"comparison", "schedules", "poison", "convergence", "late", "guards",
                                                  "access",     "ASan",      "UBSan",  "launch",      "crash"};
constexpr int always = 6, switchable = 9;
using Detectors = std::set<Detector>;

// What a run reports, by who reports it: schedules, poison and late show as wrong results.
using Reports = std::map<Detector, std::string>;

Detector reporter(simt::Finding finding) {
  switch (finding) {
    case simt::Finding::launch:
    case simt::Finding::memory:
    case simt::Finding::unsupported: return launch;
    case simt::Finding::divergence:
    case simt::Finding::collective:
    case simt::Finding::deadlock: return convergence;
    case simt::Finding::pending: return late;
    default: return access;
  }
}

std::vector<simt::Options> settings(const Detectors& on) {
  std::vector<simt::Options> list;
  for (const simt::Order order : simt::orders)
    for (const std::uint64_t seed : {0, 1})
      if (order == simt::Order::ascending || on.contains(schedules))
        list.push_back({.order = order,
                        .seed = seed,
                        .poison = on.contains(poison),
                        .convergence = on.contains(convergence),
                        .late = on.contains(late),
                        .access = on.contains(access)});
  return list;
}

void run_here(const Bug& bug, bool planted, const Detectors& on, int out) {
  const auto say = [&](Detector who, const std::string& what) { dprintf(out, "%d %s\n", static_cast<int>(who), what.c_str()); };
  for (const simt::Options& options : settings(on)) try {
      simt::Stream stream{options};
      const Seen seen = bug.run(planted, stream);
      if (!seen.wrong.empty()) say(comparison, seen.wrong);
      if (!seen.guards.empty()) say(guards, seen.guards);
    } catch (const simt::Error& error) {
      say(reporter(error.finding), error.what());
    }
}

std::string all_of(int file) {
  std::string text;
  char part[4096];
  for (ssize_t n = 0; (n = read(file, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
  close(file);
  return text;
}

Reports run(const Bug& bug, bool planted, const Detectors& on) {
  int results[2];
  std::FILE* const errors = std::tmpfile();
  if (errors == nullptr || pipe(results) != 0) throw std::runtime_error("cannot make a file or a pipe");
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot start a process");
  if (pid == 0) {
    close(results[0]);
    dup2(fileno(errors), STDERR_FILENO);
    alarm(60); // a hang is a crash
    run_here(bug, planted, on, results[1]);
    _exit(0);
  }
  close(results[1]);
  Reports reports;
  const std::string lines = all_of(results[0]);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at), space = lines.find(' ', at);
    reports.emplace(static_cast<Detector>(std::stoi(lines.substr(at, space - at))), lines.substr(space + 1, end - space - 1));
    at = end + 1;
  }
  int status = 0;
  waitpid(pid, &status, 0);
  std::rewind(errors);
  std::string said;
  char line[1024];
  while (std::fgets(line, sizeof line, errors) != nullptr) said += line;
  std::fclose(errors);
  const auto first_line = [&](const char* word) {
    const std::size_t at = said.find(word);
    return said.substr(at, said.find('\n', at) - at);
  };
  if (said.find("runtime error:") != std::string::npos) reports.emplace(ubsan, first_line("runtime error:"));
  if (said.find("ERROR: AddressSanitizer") != std::string::npos)
    reports.emplace(asan, first_line("ERROR: AddressSanitizer"));
  else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    reports.emplace(crash, WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status)) : "ended early");
  return reports;
}

struct Flavours {
  const Bug *plain = nullptr, *checked = nullptr, *sanitised = nullptr;
};

// Everything that `on` leaves to be seen. Crashes count: they are what a bug does where nothing looks.
Reports seen(const Flavours& bug, bool planted, const Detectors& on, bool instrumented = true) {
  Reports all = run(*bug.plain, planted, on);
  if (instrumented && on.contains(access)) all.merge(run(*bug.checked, planted, on));
  if (instrumented && (on.contains(asan) || on.contains(ubsan))) all.merge(run(*bug.sanitised, planted, on));
  for (const Detector one : {comparison, guards, asan, ubsan})
    if (!on.contains(one)) all.erase(one);
  return all;
}

// Of the process: others in the next run.
std::string without_addresses(const std::string& text) {
  return std::regex_replace(text, std::regex(" (on|of)? ?address 0x.*? (with|for)| on address .*"), " $2");
}

const Detectors everything = {comparison, schedules, poison, convergence, late, guards, access, asan, ubsan};

std::string row(std::string_view head, const std::vector<std::string>& cells) {
  std::string text = fmt::format("| {:<24} |", head);
  for (const std::string& cell : cells) text += fmt::format(" {:<11} |", cell);
  return text + "\n";
}

std::string head(std::string_view first, int columns) {
  std::string text = row(first, {names.begin(), names.begin() + columns}) + "|---|";
  for (int k = 0; k < columns; ++k) text += "---|";
  return text + "\n";
}

int tables(const std::map<std::string_view, Flavours>& list, std::string& text) {
  int wrong = 0;
  const auto complain = [&](const std::string& what) {
    fmt::print("✗ {}\n", what);
    ++wrong;
  };
  text =
      "## What each detector finds by itself\n\n+ found, x found by a crash, - not found. Results are compared under every detector.\n\n";
  text += head("bug", switchable);
  for (const auto& [name, bug] : list) {
    std::vector<std::string> cells;
    for (int k = 0; k < switchable; ++k) {
      const auto one = static_cast<Detector>(k);
      const Reports found = seen(bug, true, {comparison, one});
      const bool crashed = found.contains(crash);
      cells.emplace_back(found.size() > (crashed ? 1u : 0u) ? "+" : crashed ? "x" : "-");
    }
    text += row(name, cells);
  }
  text += "\n## What is lost when one detector is switched off\n\n"
          "The first six work in every build: + found by the others of the six. The last three: + found by all others.\n"
          "A detector matters by the bugs that are lost (-) without it.\n\n";
  text += head("bug", switchable);
  std::array<int, switchable> lost{};
  for (const auto& [name, bug] : list) {
    std::vector<std::string> cells;
    for (int k = 0; k < switchable; ++k) {
      Detectors on = everything;
      on.erase(static_cast<Detector>(k));
      const bool instrumented = k >= always;
      const bool with = !seen(bug, true, everything, instrumented).empty(), without = !seen(bug, true, on, instrumented).empty();
      lost[static_cast<std::size_t>(k)] += with && !without ? 1 : 0;
      cells.emplace_back(without ? "+" : with ? "-" : "");
    }
    text += row(name, cells);
  }
  for (int k = 0; k < switchable; ++k)
    if (lost[static_cast<std::size_t>(k)] == 0) complain(fmt::format("no bug is lost without {}", names[static_cast<std::size_t>(k)]));
  text += "\n## What is said\n\nThe most telling finding of all; crashes where nothing else speaks.\n\n| bug | planted | found "
          "|\n|---|---|---|\n";
  for (const auto& [name, bug] : list) {
    const Reports found = seen(bug, true, everything), clean = seen(bug, false, everything);
    if (found.empty()) complain(fmt::format("{} is not found", name));
    for (const auto& [who, what] : clean) complain(fmt::format("{} without the bug: {} says {}", name, names[who], what));
    std::string said;
    for (const Detector one : {launch, convergence, access, ubsan, asan, guards, comparison, crash})
      if (said.empty() && found.contains(one)) said = fmt::format("{}: {}", names[one], without_addresses(found.at(one)));
    text += fmt::format("| {} | {} | {} |\n", name, bug.plain->what, said);
  }
  return wrong;
}

} // namespace
} // namespace assay::planted

int main(int argc, char** argv) {
  using namespace assay::planted;
  const std::string title =
      "# Planted bugs, and what finds them\n\n"
      "Written by `build/release/tests/simt/assay_simt_planted --write kernels/simt/planted_bugs.md`; the test\n"
      "`simt_planted` compares. Each bug is a file in `tests/simt_planted/`, whose sound twin is clean under all detectors.\n\n";
  std::map<std::string_view, Flavours> list;
  for (const Bug& bug : bugs()) {
    Flavours& flavours = list[bug.name];
    (bug.flavour == "simt" ? flavours.plain : bug.flavour == "simt_checked" ? flavours.checked : flavours.sanitised) = &bug;
  }
  std::string text;
  int wrong = tables(list, text);
  fmt::print("{}", text);
  const std::string_view mode = argc == 3 ? argv[1] : "";
  const std::string page = title + text;
  if (mode == "--write") std::ofstream(argv[2]) << page;
  if (mode == "--check") {
    std::ifstream file(argv[2]);
    if (page != std::string(std::istreambuf_iterator<char>(file), {})) {
      fmt::print("✗ {} says otherwise; after a look, rewrite it: {} --write {}\n", argv[2], argv[0], argv[2]);
      ++wrong;
    }
  }
  fmt::print("\n{} planted bugs, {} complaint{}\n", list.size(), wrong, wrong == 1 ? "" : "s");
  return wrong == 0 ? 0 : 1;
}
