// Mean and standard error of independent numbers, for the sampled claims of this suite.
#pragma once

#include <cmath>

namespace assay {

struct Average {
  double count = 0, sum = 0, squares = 0;
  void add(double x) {
    count += 1;
    sum += x;
    squares += x * x;
  }
  double mean() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - mean() * mean()) / (count - 1)); }
  double z(double expected) const { return (mean() - expected) / error(); }
};

} // namespace assay
