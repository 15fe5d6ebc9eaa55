// One launch of the gate: both builds in one process, rows in the order given, each in blocks of four samples. Raw times only; what they
// mean is decided elsewhere (reports/gate.py).
//
//   launch BASE.so HEAD.so check FOLDER SEED ID...    verifies rows in HEAD, then in BASE, and writes HEAD's inputs to FOLDER
//   launch BASE.so HEAD.so rows FILTER                {"base", "head"}
//   launch BASE.so HEAD.so time FOLDER                reads {"seed", "blocks", "most", "steady", "rows": [{"id", "file", "arrays", "calls",
//                                                     "warm", "plant"}]} from its input
//   launch BASE.so HEAD.so count FOLDER base|head     reads one row as above and makes one call inside assay_counted_call(), for callgrind
//
// "arrays": their number; "warm": an untimed call before each sample. A line {"at": id} precedes each row, so that a crash has a name. Of
// time: {"id", "blocks": [{"first", "base": [2], "head": [2], "probe": [2]}]}, seconds per call. The probe is a fixed chain of additions
// before and after the block: where the two differ by more than the factor "steady" the clock moved, whatever the samples say, and the
// block is made again, until "blocks" are steady or "most" are made. All of them are in the answer. "plant" makes every timed call of HEAD
// longer by that share of itself: a slowdown of known size, for tests of the gate.
#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "suites/harness/environment.hpp"
#include "suites/regress/side.hpp"

namespace assay::regress {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t probe_steps = 50'000; // some 15 us: long beside the clock's resolution, short beside a block

const Side& load(const char* path) {
  // RTLD_LOCAL: neither build may answer for the other's symbols. It does not hold for statics of templates (STB_GNU_UNIQUE), for which
  // side.map keeps every symbol but one inside its build.
  void* const object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) throw std::runtime_error(dlerror());
  void* const symbol = dlsym(object, side_symbol);
  if (symbol == nullptr) throw std::runtime_error(fmt::format("{} exports no {}", path, side_symbol));
  const Side& side = *reinterpret_cast<const Side* (*)()>(symbol)();
  if (side.version != side_version) throw std::runtime_error(fmt::format("{} has version {}, not {}", path, side.version, side_version));
  return side;
}

void print(const Json& row) {
  fmt::print("{}\n", row.dump());
  std::fflush(stdout);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Seconds of additions that wait for each other, one after the other.
double spin() {
  const double start = now();
  std::uint64_t sum = probe_steps;
  for (std::uint64_t k = 0; k < probe_steps; ++k) {
    sum += k;
    asm volatile("" : "+r"(sum)); // every addition is made
  }
  return now() - start;
}

// The clock probe: an interrupt lengthens one of three, a slower clock all of them.
double probe() { return std::min({spin(), spin(), spin()}); }

// Takes `seconds` and the rest of a look at the clock; returns what it took.
double wait(double seconds) {
  const double start = now();
  double passed = 0;
  while (passed < seconds) passed = now() - start;
  return passed;
}

} // namespace

// A name that callgrind can be told: --toggle-collect=assay_counted_call.
extern "C" [[gnu::noinline]] double assay_counted_call(const Side* side, void* row) { return side->seconds(row, 1); }

namespace {

class Pair {
public:
  Pair(const Side& base, const Side& head, const Json& row, const std::string& folder)
      : base_(base), head_(head), calls_(row.at("calls")), warm_(row.at("warm")), planted_(row.at("plant")) {
    const std::string id = row.at("id"), file = folder + "/" + row.at("file").get<std::string>();
    std::vector<void*> memory(row.at("arrays").get<std::size_t>(), nullptr);
    head_row_ = head.open(id.c_str(), file.c_str(), memory.data());
    if (head_row_ == nullptr) throw std::runtime_error(std::string("HEAD: ") + head.error());
    base_row_ = base.open(id.c_str(), "", memory.data());
    if (base_row_ == nullptr) throw std::runtime_error(std::string("BASE: ") + base.error());
  }
  ~Pair() {
    base_.close(base_row_);
    head_.close(head_row_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  // Seconds per call. The same state and warmth for both: inputs put back, one untimed call. A call that is long beside the filling of a
  // cache needs none.
  double sample(bool of_head) const {
    const Side& side = of_head ? head_ : base_;
    void* const row = of_head ? head_row_ : base_row_;
    if (head_.restore(head_row_) != 0) throw std::runtime_error(head_.error());
    double seconds = warm_ ? side.seconds(row, 1) : 0;
    if (seconds >= 0) seconds = side.seconds(row, calls_);
    if (seconds < 0) throw std::runtime_error(side.error());
    if (of_head) seconds += wait(planted_ * seconds);
    return seconds / calls_;
  }

  // The second call is counted: the first one binds symbols and picks the instruction set.
  void counted(bool of_head) const {
    const Side& side = of_head ? head_ : base_;
    void* const row = of_head ? head_row_ : base_row_;
    if (side.seconds(row, 1) < 0 || head_.restore(head_row_) != 0 || assay_counted_call(&side, row) < 0)
      throw std::runtime_error(side.error());
  }

private:
  const Side &base_, &head_;
  int calls_;
  bool warm_;
  double planted_;
  void *base_row_ = nullptr, *head_row_ = nullptr;
};

void time_rows(const Side& base, const Side& head, const std::string& folder) {
  const Json request = Json::parse(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  std::mt19937_64 coin(request.at("seed").get<std::uint64_t>());
  const int wanted = request.at("blocks"), most = request.at("most");
  const double steady = request.at("steady");
  pin_to_last_core();
  for (const Json& row : request.at("rows")) {
    print({{"at", row.at("id")}});
    const Pair pair(base, head, row, folder);
    Json blocks = Json::array();
    for (int made = 0, good = 0; made < most && good < wanted; ++made) {
      const bool head_first = (coin() & 1) != 0; // ABBA or BAAB
      const double before = probe();
      double samples[4];
      for (int k = 0; k < 4; ++k) samples[k] = pair.sample((k == 0 || k == 3) == head_first);
      const double after = probe();
      good += std::max(before, after) <= steady * std::min(before, after);
      const auto outer = Json::array({samples[0], samples[3]}), inner = Json::array({samples[1], samples[2]});
      blocks.push_back({{"first", head_first ? "head" : "base"},
                        {"base", head_first ? inner : outer},
                        {"head", head_first ? outer : inner},
                        {"probe", {before, after}}});
    }
    print({{"id", row.at("id")}, {"blocks", std::move(blocks)}});
  }
}

void check_rows(const Side& base, const Side& head, const std::string& folder, const char* seed, const std::vector<const char*>& ids) {
  pin_to_last_core();
  for (const char* const id : ids)
    for (const bool of_head : {true, false}) {
      print({{"at", id}, {"side", of_head ? "head" : "base"}});
      Json row = Json::parse((of_head ? head : base).check(id, seed, of_head ? folder.c_str() : ""));
      row["id"] = id;
      row["side"] = of_head ? "head" : "base";
      print(row);
    }
}

int run(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  const auto usage = [] {
    return std::invalid_argument("launch BASE.so HEAD.so rows FILTER | check FOLDER SEED ID... | time FOLDER | count FOLDER base|head");
  };
  if (words.size() < 5) throw usage();
  const Side &base = load(argv[1]), &head = load(argv[2]);
  if (words[3] == "rows") {
    print({{"base", Json::parse(base.rows(argv[4]))}, {"head", Json::parse(head.rows(argv[4]))}});
  } else if (words[3] == "check" && argc > 5)
    check_rows(base, head, words[4], argv[5], {argv + 6, argv + argc});
  else if (words[3] == "count" && argc > 5)
    Pair(base, head, Json::parse(std::string(std::istreambuf_iterator<char>(std::cin), {})), words[4]).counted(words[5] == "head");
  else if (words[3] == "time")
    time_rows(base, head, words[4]);
  else
    throw usage();
  return 0;
}

} // namespace
} // namespace assay::regress

int main(int argc, char** argv) {
  try {
    return assay::regress::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "launch: {}\n", error.what());
    return 1;
  }
}
