// Peers: what a user would pick instead, in Python (suites/peers/). Arrays travel as raw files in a temporary folder.
#pragma once

#include "suites/harness/plan.hpp"

namespace assay {

struct PeerResult {
  std::vector<std::vector<std::byte>> after; // bytes of every array after one call
  std::vector<double> seconds;               // per call, raw
};

// Throws NotAccepted where the peer does not know the problem, std::runtime_error with its own words when it fails.
PeerResult run_peer(const Task& task, Trial& trial, double seconds);

// The interpreter for reports and peers: $ASSAY_PYTHON, else .venv/bin/python beside the sources, else python3.
std::string python();
std::string shell_quoted(const std::string& text);

} // namespace assay
