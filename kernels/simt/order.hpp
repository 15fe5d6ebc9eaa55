// What the access checker knows of time: which deeds of threads are ordered before what the running thread does now.
#pragma once

#include <cstdint>

#include "kernels/simt/access.hpp"

namespace assay::simt::access::order {

// What one thread does between two points of synchronisation. Numbers grow with time, since one thread runs at a time.
struct Segment {
  std::uint64_t block = 0;
  std::uint32_t thread = 0, barrier = 0, sync = 0; // barriers of its block so far; the last __syncwarp that it took part in
  static constexpr std::uint32_t flying = ~0u;     // barrier and sync of an asynchronous write that nobody has waited for
};

void begin_launch();
std::uint32_t now();                   // number of the running thread's segment
Segment segment(std::uint32_t number); // of this launch
bool before_now(std::uint32_t number); // whether what happened in it is ordered before what the running thread does
void atomic(const void* address);      // the running thread's

// While it lives, the running thread's deeds are those of hardware on its behalf, unordered until somebody acquires `into`.
class Flight {
public:
  explicit Flight(Clock& into);
  ~Flight();
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

private:
  std::uint32_t own_;
};

} // namespace assay::simt::access::order
