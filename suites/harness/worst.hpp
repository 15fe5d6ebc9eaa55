// Many differences as one check of a law.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "suites/harness/inquiry.hpp"

namespace assay {

// The largest |difference| in units of what it may be; 1 is the limit. NaN stays, whatever follows it.
class Worst {
public:
  void see(double difference, double allowed) {
    const double ratio = difference == 0 ? 0 : std::fabs(difference) / allowed;
    if (ratio > worst_ || std::isnan(ratio)) worst_ = ratio;
  }
  Check check(std::string what) const { return inequality(std::move(what), worst_, 1); }

private:
  double worst_ = 0;
};

} // namespace assay
