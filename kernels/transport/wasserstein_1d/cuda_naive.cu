// A launch for every step of a bitonic sort, one thread a pair; quantiles paired by one thread a point of x. Equal weights, p = 1 and 2.
// Limit: memory bandwidth, log2(n) (log2(n) + 1) / 2 times over all numbers.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/wasserstein_1d/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_steps<double>>("cuda_naive", "bitonic sort, a launch for every step"));
ASSAY_VARIANT(variant<float, sort_by_steps<float>>("cuda_naive", "bitonic sort, a launch for every step"));

} // namespace assay
