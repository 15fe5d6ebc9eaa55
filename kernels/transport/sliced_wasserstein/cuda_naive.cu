// Projections by one thread a point and eight directions; all rows sorted together, a launch for every step of a bitonic network.
// Limit: memory bandwidth, log2(n) (log2(n) + 1) / 2 times over all projections.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/sliced_wasserstein/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_steps<double>>("cuda_naive", "bitonic sort of all rows, a launch for every step"));
ASSAY_VARIANT(variant<float, sort_by_steps<float>>("cuda_naive", "bitonic sort of all rows, a launch for every step"));

} // namespace assay
