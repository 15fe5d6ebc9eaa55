// Bitonic sort: all levels within 64 KiB of numbers in one launch, 32 numbers a thread, so that five steps are done in registers between
// two visits to shared memory; steps between such tiles, up to five at a time, in registers as well.
// Limit: launches and caches, two launches a level beyond a tile (three at the twentieth of fp32): 14 at a million.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/wasserstein_1d/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_tiles<double>>("cuda_tiles", "bitonic sort in tiles of 64 KiB, five steps at a time in registers"));
ASSAY_VARIANT(variant<float, sort_by_tiles<float>>("cuda_tiles", "bitonic sort in tiles of 64 KiB, five steps at a time in registers"));

} // namespace assay
