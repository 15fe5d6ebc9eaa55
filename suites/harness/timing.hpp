// Clocks and order statistics of samples.
#pragma once

#include <functional>
#include <vector>

#include "kernels/variant.hpp"

namespace assay {

// Seconds that `calls` took: by the device's events for cuda, else by the steady clock.
double elapsed(Backend backend, const std::function<void()>& calls);

double median(std::vector<double> values); // the upper one of an even number; NaN of none

} // namespace assay
