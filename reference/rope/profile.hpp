// The four terms of a score, at every distance their mean and standard deviation over the positions of one sequence:
//   q_m.R k_n,  a.R k_n,  q_m.R b,  a.R b = B(Delta),   R = R_{n-m},  Delta = m - n
// The figure of kexue.fm/archives/9577. Direct sums, O(n^2 d).
#pragma once

#include <array>
#include <vector>

#include "reference/rope/curve.hpp"

namespace assay::rope {

struct Spread {
  double mean, deviation; // deviation: root of the mean square about the mean
};
// Row by row for the given distances, each below the length of the sequence; q_n and k_n stand at position n.
using Profile = std::vector<std::array<Spread, 4>>;
Profile term_profile(const std::vector<Pairs>& q, const std::vector<Pairs>& k, const Pairs& a, const Pairs& b,
                     const std::vector<double>& theta, const std::vector<std::size_t>& distances);

} // namespace assay::rope
