#include "suites/harness/cli.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "suites/harness/environment.hpp"
#include "suites/harness/errors.hpp"
#include "suites/harness/peers.hpp"
#include "suites/harness/run.hpp"

namespace assay {
namespace {

// CLI11 accepts -1, 0x10 and 2^64 as unsigned numbers; a seed has to be what it looks like.
template <class T> T decimal(const std::string& flag, const std::string& text, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most)) // also NaN
    throw BadInput(fmt::format("{} '{}' is not a decimal number from {} to {}", flag, text, least, most));
  return value;
}

// As it has to be typed again: quoted where a shell would read it otherwise.
std::string typed(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./,:+@%") ==
                                          std::string::npos;
  return plain ? word : shell_quoted(word);
}

struct Texts { // as typed, validated after parsing
  std::string seed = "1", jobs = "0", budget = "60", effort = "ci", shard, backend, require;
};

Request request_of(const Texts& texts, Request request) {
  request.seed = decimal<std::uint64_t>("--seed", texts.seed, 0, UINT64_MAX);
  const int cores = environment().cpu.cores;
  request.jobs = decimal("--jobs", texts.jobs, 0, 1024);
  if (request.jobs == 0) request.jobs = cores;
  request.budget = decimal("--budget", texts.budget, 1.0, 86400.0);
  if (texts.effort != "ci" && texts.effort != "thorough") throw BadInput("--effort '" + texts.effort + "' is neither ci nor thorough");
  request.thorough = texts.effort == "thorough";
  if (!texts.shard.empty()) {
    const std::size_t slash = texts.shard.find('/');
    if (slash == std::string::npos) throw BadInput("--shard '" + texts.shard + "' is not of the form i/n, such as 1/4");
    request.shards = decimal("--shard", texts.shard.substr(slash + 1), 1, 10'000);
    request.shard = decimal("--shard", texts.shard.substr(0, slash), 1, request.shards);
  }
  const auto backend = [](const std::string& flag, const std::string& text) -> std::optional<Backend> {
    if (text.empty()) return std::nullopt;
    for (const Backend one : {Backend::cpu, Backend::simt, Backend::cuda})
      if (text == name_of(one)) return one;
    throw BadInput(flag + " '" + text + "' is none of cpu, simt, cuda");
  };
  request.backend = backend("--backend", texts.backend);
  request.require = backend("--require", texts.require);
  if (request.require == Backend::cpu) throw BadInput("--require 'cpu': the CPU is always there; it takes cuda or simt");
  return request;
}

void say(const std::string& message) { fmt::print(stderr, "assay: {}\n", message); }

int fail(int code, const std::string& message) {
  std::fflush(stdout);
  say(fmt::format("{}        exit {}", message, code));
  return code;
}

int dispatch(int argc, char** argv) {
  CLI::App app{"assay: kernels against references, claims against controls, times against ceilings"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("assay ") + ASSAY_VERSION);
  Request request;
  for (int i = 0; i < argc; ++i) request.command += (i == 0 ? "assay" : " " + typed(argv[i]));
  Texts texts;
  bool json = false;
  std::string id, base, now, out = "out";
  std::vector<std::string> inputs;

  const auto common = [&](CLI::App* command) {
    command->add_option("--filter", request.filter, "regular expression, searched in ids");
    command->add_option("--seed", texts.seed, "of all inputs (default 1)");
    command->add_option("--effort", texts.effort, "ci (default) or thorough");
    command->add_option("--jobs", texts.jobs, "processes for verification (default: one per core)");
    command->add_option("--backend", texts.backend, "only cpu, simt or cuda");
    command->add_option("--require", texts.require, "fail unless cuda or simt can run");
    command->add_option("--shard", texts.shard, "i/n: every n-th row, from the i-th");
  };
  CLI::App* list = app.add_subcommand("list", "what exists, what is not built, what has no device");
  list->add_option("--filter", request.filter, "regular expression, searched in ids");
  list->add_flag("--json", json, "one JSON object per line");
  CLI::App* verify = app.add_subcommand("verify", "hold every variant against its reference, and every claim against its controls");
  common(verify);
  CLI::App* bench = app.add_subcommand("bench", "verify, time, verify again");
  common(bench);
  CLI::App* run = app.add_subcommand("run", "verify, bench and report: the main job");
  common(run);
  for (CLI::App* command : {verify, bench})
    command->add_option("--records", request.records, "where the records go")->default_str("out/records.jsonl");
  for (CLI::App* command : {bench, run}) command->add_option("--budget", texts.budget, "seconds of timing (default 60)");
  bench->add_flag("--peers", request.peers, "also time what a user would pick instead");
  run->add_option("--out", out, "folder of page and records (default out)");
  CLI::App* explain_command = app.add_subcommand("explain", "statement, source, bound, controls, how to reproduce");
  explain_command->add_option("id", id, "an op, a claim or a row's id")->required();
  app.add_subcommand("doctor", "what this machine has, what is missing, what to type");
  CLI::App* compare_command = app.add_subcommand("compare", "two files of stored times; weaker than ci/regress, and says so");
  compare_command->add_option("base", base, "records of the version to compare with")->required();
  compare_command->add_option("new", now, "records of the version in question")->required();
  CLI::App* report = app.add_subcommand("report", "the page, from records");
  report->add_option("records", inputs, "record files")->required();
  report->add_option("-o,--out", out, "folder of the page (default out)");

  // CLI11 answers both of these with what it misses instead of what it was given.
  for (int i = 1; i < argc; ++i)
    if (const std::string word = argv[i]; word.starts_with("--") && word.find('=') == word.size() - 1)
      throw BadInput(word.substr(0, word.size() - 1) + " '' has no value");
  const auto known = app.get_subcommands([&](const CLI::App* command) { return argc > 1 && command->get_name() == argv[1]; });
  if (argc > 1 && argv[1][0] != '-' && known.empty())
    throw BadInput(fmt::format("'{}' is no command; they are list, verify, bench, compare, explain, doctor, report, run", argv[1]));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error); // --help, --version
    return fail(exit_code::bad_input, fmt::format("{}; see assay {}--help", error.what(),
                                                  app.get_subcommands().empty() ? "" : app.get_subcommands()[0]->get_name() + " "));
  }

  request = request_of(texts, std::move(request));
  if (*list) return list_rows(request, json);
  if (*explain_command) return explain(id);
  if (app.got_subcommand("doctor")) return doctor();
  if (*compare_command) return compare(base, now);
  if (*report) return make_report(inputs, out);
  request.verify = !*bench;
  request.bench = !*verify;
  if (!*run) {
    if (request.records.empty()) request.records = "out/records.jsonl";
    if (*bench && environment().sanitised)
      throw Unusable("this program was built with sanitizers, so its timings mean nothing; build the preset 'release'");
    return execute(request);
  }
  request.peers = true;
  request.records = (std::filesystem::path(out) / "records.jsonl").string();
  const int code = execute(request);
  const int page = make_report({request.records}, out);
  return code != 0 ? code : page;
}

} // namespace

int run_command_line(int argc, char** argv) {
  const auto full = [] { return Unusable(std::string("cannot write to standard output: ") + std::strerror(errno)); };
  try {
    int code = 0;
    try {
      code = dispatch(argc, argv);
    } catch (const std::system_error& error) { // from fmt::print
      errno = error.code().value();
      throw full();
    }
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw full();
    return code;
  } catch (const BadInput& error) {
    return fail(exit_code::bad_input, error.what());
  } catch (const Unusable& error) {
    return fail(exit_code::environment, error.what());
  } catch (const NothingToDo& error) {
    return fail(exit_code::incomplete, error.what());
  } catch (const std::exception& error) {
    return fail(exit_code::internal, fmt::format("internal error: {}", error.what()));
  }
}

} // namespace assay
