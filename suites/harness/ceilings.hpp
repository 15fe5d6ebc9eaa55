// What this machine can do at most, measured: bare passes over memory, fused multiply-adds, exponentials.
// A bandwidth ceiling is a pass with the op's own mix of reads and writes: a copy is up to a quarter slower than that.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernels/variant.hpp"

namespace assay {

// Arrays of one pass by role; an inout array is read and written in place.
struct Mix {
  int in = 0, out = 0, inout = 0;
  friend auto operator<=>(const Mix&, const Mix&) = default;
};
std::string name_of(const Mix& mix); // "stream in=1 out=0 inout=2"

// The mix of an op's arrays, and the bytes that they move. Arrays below 1 % of the bytes are left out.
struct Traffic {
  Mix mix;
  double bytes = 0;                              // moved by one call: in + out + 2 inout
  double footprint = 0;                          // occupied
  std::vector<std::pair<Role, double>> arrays{}; // bytes of each array of the mix
};
Traffic traffic_of(const std::vector<Array>& arrays);

// A bare pass over arrays in the proportions of `traffic`, scaled to a footprint in bytes.
class Stream {
public:
  // bypass: stores may go around the caches, where the arrays do not fit them.
  Stream(Backend backend, const Traffic& traffic, double footprint, bool bypass = true);
  double bytes() const;           // moved by one pass
  double seconds(int passes = 1); // of one, on average over so many that follow each other
private:
  Backend backend_;
  bool bypass_; // faster for arrays that are only written and do not fit
  std::size_t blocks_ = 0, total_block_ = 0;
  std::size_t parts_ = 1, ahead_ = 0; // places that a pass works at in turn; floats that reads are asked for in advance
  std::vector<Role> roles_;
  std::vector<std::size_t> block_; // floats per block and array
  std::vector<class Buffer> memory_;
};

struct Ceiling {
  std::string name;
  double value;
  std::string unit; // B/s, flop/s, exp/s
  double spread;    // relative: highest over median
};

// The name of a ceiling: those of the device begin with "cuda ".
std::string ceiling_name(Backend backend, const std::string& what);

// Work per second in one repetition, some milliseconds, of the loop behind a ceiling of arithmetic: "fma f32", "cuda exp f32". 0: no such
// loop.
double loop_rate(const std::string& ceiling);

// Of one pinned thread for the CPU, and of the whole device: the median of repeated passes far larger than the caches, and of
// register-bound loops. Of the mixes that occur, each with its backend.
std::vector<Ceiling> measure_ceilings(const std::vector<std::pair<Backend, Mix>>& mixes);

const char* best_simd(); // the instruction set that Highway picks here

} // namespace assay
