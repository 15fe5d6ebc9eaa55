// Clocks and order statistics of samples.
#pragma once

#include <functional>
#include <vector>

#include "kernels/variant.hpp"

namespace assay {

// Seconds that `calls` took: by the device's events for cuda, else by the steady clock.
double elapsed(Backend backend, const std::function<void()>& calls);

double median(std::vector<double> values); // the upper one of an even number; NaN of none

// Half the width of the interval of order statistics that holds the median with 95 %, over the median; infinite below six samples.
// Hoefler and Belli, SC 2015, rule 5.
double relative_half_width(std::vector<double> values);

} // namespace assay
