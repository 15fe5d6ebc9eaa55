// Steps of the bitonic sort whose pairs stand within 2048 numbers are done in shared memory, all of a run in one launch; three steps at a
// time are done in registers.
// Limit: caches, log2(n / 2048)^2 / 6 times over all numbers: 28 launches instead of 210 at a million.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/wasserstein_1d/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_tiles<double>>("cuda_tiles", "bitonic sort, short steps in shared memory"));
ASSAY_VARIANT(variant<float, sort_by_tiles<float>>("cuda_tiles", "bitonic sort, short steps in shared memory"));

} // namespace assay
