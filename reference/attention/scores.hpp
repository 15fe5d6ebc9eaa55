// What the truths of the attention ops share: rows, scores with what rounding may change in them, and outputs of which a part is covered.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "reference/attention/attention.hpp"
#include "reference/op.hpp"

namespace assay::attention {

// One position of one head, of queries or of keys.
struct Row {
  int batch, head, position;
};
Row row_at(std::int64_t index, int heads, int positions); // of a list in the order [batch, head, position]

// value of s_ij; delta: its bound, as attention_fwd.hpp derives it, and 0 where the score is not finite.
struct Score {
  double value, delta;
};

class Scores {
public:
  // Biases are computed once for every distance: a sandwich costs d / 2 cosines.
  Scores(const Problem&, const double* q, const double* k, const float* bias, const float* row_scale, const Numerics&);
  Score operator()(Row query, int key) const;
  double factor(int batch, int query) const; // c r
private:
  const Problem& p_;
  const double *q_, *k_;
  const float *bias_, *row_scale_;
  double unit_;
  std::vector<double> biases_; // [H, distances]
};

// Keys of a batch.
inline int length_of(const Problem& p, const std::int32_t* length, int batch) { return p.padded ? length[batch] : p.keys; }

// Keys of one head that any query sees, without padding.
inline double keys_seen(const Problem& p) {
  return p.queries == 0 ? 0 : std::min(static_cast<double>(p.keys), static_cast<double>(p.queries) + p.window - 1);
}

// Truth of an output of n elements, written in any order; sampled: what is written is what is covered. The bound is in the terms of an
// unrounded result of type `store`, to whose unit it is rounded here; beyond the largest number of that type nothing is decidable.
class Output {
public:
  Output(std::int64_t n, bool sampled, double store);
  void set(std::int64_t at, double value, double bound);
  void exact(std::int64_t at, double value) { put(at, value, 0); }
  void undecidable(std::int64_t at, double value);
  Truth truth;

private:
  void put(std::int64_t at, double value, double bound);
  bool sampled_;
  double store_;
};

// Rows of `width` elements that the truth covers, each of which costs `cost` multiply-adds: at most sample.most elements and some 2^28
// multiply-adds, but a row at least. `all`: every one of `rows`.
struct Covered {
  bool all;
  std::vector<std::int64_t> rows;
};
Covered covered(std::int64_t rows, std::int64_t width, double cost, Sample sample, std::uint32_t stream);

} // namespace assay::attention
