// Peers: what a user would pick instead, in Python (suites/peers/). Arrays travel as raw files in a temporary folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "suites/harness/plan.hpp"

namespace assay {

// One peer on one problem, in a process of its own on this process's cores; it computes once at its start and then waits to be timed.
class Peer {
public:
  // Throws NotAccepted where the peer does not know the problem, std::runtime_error with its own words when it fails.
  Peer(const Task& task, Trial& trial);
  Peer(Peer&&) noexcept;
  ~Peer();
  const std::vector<std::vector<std::byte>>& after() const { return after_; } // bytes of every array after one call
  double sample();                                                            // seconds of one call, caches swept before

private:
  struct Process;
  std::string name_;
  std::unique_ptr<Process> process_;
  std::vector<std::vector<std::byte>> after_;
};

// The interpreter for reports and peers: $ASSAY_PYTHON, else .venv/bin/python beside the sources, else python3.
std::string python();
std::string shell_quoted(const std::string& text);

} // namespace assay
