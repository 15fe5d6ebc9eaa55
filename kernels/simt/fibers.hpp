// Fibers that run one job after another and keep their stacks. Switching is Boost.Context's.
#pragma once

#include <cstddef>
#include <exception>

namespace assay::simt {

class Fiber {
public:
  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  // Lives until the program ends: what its stack holds is never unwound.
  ~Fiber() = delete;

  // Gives the fiber its next job; the one before has ended.
  void begin(void (*job)(void*), void* argument);
  // Runs it until it suspends itself or ends. Rethrows what the job threw.
  void resume();
  // In the fiber: back to who resumed it. Throws inside the job when it has been abandoned.
  void suspend();
  // Unwinds a suspended job.
  void abandon();
  bool busy() const { return busy_; }
  const std::byte* stack() const { return stack_; }
  static std::size_t stack_bytes();

private:
  struct Switch;
  void work();
  std::byte* stack_;
  Switch* switch_;
  void (*job_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool busy_ = false, started_ = false, abandoned_ = false;
  std::exception_ptr thrown_;
};

} // namespace assay::simt
