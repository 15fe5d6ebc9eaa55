// Steps of the sort whose pairs stand within 2048 numbers are done in shared memory: one launch for all rows up to that length.
// Three steps at a time are done in registers.
// Limit: compare-exchanges, log2(n)^2 / 4 a number.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/sliced_wasserstein/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_tiles<double>>("cuda_tiles", "bitonic sort of all rows, short steps in shared memory"));
ASSAY_VARIANT(variant<float, sort_by_tiles<float>>("cuda_tiles", "bitonic sort of all rows, short steps in shared memory"));

} // namespace assay
