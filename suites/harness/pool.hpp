// Worker processes: a crash costs one row, not the run, and results come back in plan order whatever the number of jobs.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>

namespace assay {

struct Pool {
  int jobs = 1;
  std::function<void()> begin;                                         // in each worker, once
  std::function<std::string(std::size_t)> work;                        // in a worker
  std::function<bool()> spent;                                         // in a worker, after each result: it ends and another takes over
  std::function<void(std::size_t, const std::string&)> done;           // here, in order of the index
  std::function<std::string(std::size_t, const std::string&)> crashed; // here: the result that stands for a dead worker's
  std::function<void(std::size_t finished, std::size_t current)> progress;
  std::function<const void*(std::size_t)> shared; // tasks that share this go to one worker, in turn; null or without it, each stands alone
  std::function<double(std::size_t)> limit;       // seconds after which a worker that has not answered is killed; without it, never

  // Indices first .. last-1. Returns false when Ctrl-C stopped it; every finished result was delivered then.
  bool run(std::size_t first, std::size_t last) const;
};

// Waits for a process of ours: "killed by signal 11 (Segmentation fault)", "ended with exit status 1".
std::string end_of(pid_t process);

// Ctrl-C asks for an orderly stop; a second one ends the process at once.
void catch_interrupts();
bool interrupted();

} // namespace assay
