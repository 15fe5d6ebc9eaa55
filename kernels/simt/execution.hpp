// What the parts of the executor share about the launch that runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/simt/fibers.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::simt {

inline constexpr unsigned warp_size = 32;

// splitmix64: the same numbers on every machine.
struct Dice {
  std::uint64_t state = 0;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
};

template <class T> void shuffle(std::vector<T>& list, Dice& dice) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[dice.below(i)]);
}

enum class State : std::uint8_t { ready, barrier, collective, waiting, done };

struct Meeting { // of lanes of one warp
  unsigned mask, arrived;
  Site site;
  const char* what;
  Payloads payloads{};
};

struct Running {
  Thread thread;
  Fiber* fiber = nullptr;
  State state = State::ready;
  Site site{};
  const char* what = "";
  bool (*ready)(void*) = nullptr;
  void* context = nullptr;
};

struct Execution {
  Stream* stream = nullptr;
  const void* kernel = nullptr;
  bool checked = false;
  Block current;
  Dice dice;
  std::vector<Running> threads;
  std::vector<std::vector<Meeting>> meetings; // of each warp
  unsigned live = 0, arrived = 0;             // threads that have not returned; at the barrier
  Site barrier_site{};
  int nonzero = 0;
  BarrierResult result; // of the last barrier that all have reached
  Running* running = nullptr;
  std::exception_ptr parked; // found by a thread that cannot throw
};

extern Execution* execution; // null while nothing runs

std::span<Running> lanes_of(unsigned warp);
void returned(Running& gone);  // a thread has come to its end: who waits for it?
bool may_run(Running& thread); // asks those that wait for something
[[noreturn]] void deadlock();  // no thread may run, and nothing will change that

std::string text(Extent at);
std::string text(Site site);
bool same(Site a, Site b);
[[noreturn]] void fail_block(Finding finding, Site site, const std::string& detail); // of no thread in particular

} // namespace assay::simt
