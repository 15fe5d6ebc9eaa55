// Measuring a variant beside a bare pass of the same mix and footprint, and beside a bare loop of the arithmetic that may limit it, in
// turn, so that a drifting machine cancels.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "suites/harness/ceilings.hpp"
#include "suites/harness/verify.hpp"

namespace assay {

struct Measurement {
  std::vector<double> seconds; // raw, per call
  Work work;
  bool cold;           // inputs rotate over more memory than the caches hold
  int batch, launches; // calls per sample; kernel launches per call are not counted on the CPU (1)
  double prepare_seconds;
  std::string ceiling;       // what limits it: a stream, "fma f32" or "exp f32"
  double floor_seconds;      // least time of the op's work under that ceiling
  double best_floor_seconds; // the fastest pass or loop seen, less their scatter: a shorter time is not believed
  std::string code_hash{};   // of the variant's machine code; empty where there is none (a peer)
  bool converged = true;     // the median is known to 1 %; else the budget was spent first
  int disbelieved = 0;       // measurements of the row before this one that were too fast to be true
  std::string beside{};      // of a peer: our variant that was timed in turn with it, and its times, sample by sample
  std::vector<double> beside_seconds{};
};

// Cold samples, and hot ones where the arrays fit the caches, after a warm-up that ends when two windows of samples agree. Sampling ends
// when the median's interval is narrow or `budget` seconds are spent; at least one window is taken, or the fewest samples that have an
// interval where a window alone outlasts the budget.
// The arguments of `trial` are overwritten.
std::vector<Measurement> measure(const VariantEntry& variant, const CaseEntry& one, Trial& trial, double budget);

// A call that takes less than anything known to move its bytes, or to do its arithmetic, leaves work out.
bool too_fast(const Measurement& row);

// measure(), again while a row of its answer is too fast, three times at most. Where the pages of a bare pass lie and what else the
// machine does is drawn anew each time, so that a busy host is not taken for a kernel that leaves out work, which is too fast every time.
// One that is so only now and then, just at the floor, is believed: the rule has that much less power.
std::vector<Measurement> believable(const std::function<std::vector<Measurement>()>& measure);

// A peer in turn with our variant, in random order; before every sample of either a call that does not count (unless calls are long), then
// caches are swept. peer(): one such sample in seconds. Ends when the median of the ratios is known to 1 % or `budget` seconds are spent.
Measurement measure_beside(const VariantEntry& ours, const CaseEntry& one, Trial& trial, const std::function<double()>& peer,
                           double budget);

} // namespace assay
