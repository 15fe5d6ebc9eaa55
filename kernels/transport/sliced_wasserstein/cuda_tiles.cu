// All levels of the sort within 64 KiB of numbers are done by one launch for all rows, and need no other up to 16384 numbers a row in fp32,
// 8192 in fp64. A thread has 32 numbers, and takes five steps in registers between two visits to shared memory.
// Limit: compare-exchanges, log2(n)^2 / 4 a number, of which each is two instructions at half rate in fp32.
#include "kernels/transport/line_sort.cuh"
#include "kernels/transport/sliced_wasserstein/rows.cuh"

namespace assay {

ASSAY_VARIANT(variant<double, sort_by_tiles<double>>("cuda_tiles",
                                                     "bitonic sort of all rows in tiles of 64 KiB, five steps at a time in registers"));
ASSAY_VARIANT(variant<float, sort_by_tiles<float>>("cuda_tiles",
                                                   "bitonic sort of all rows in tiles of 64 KiB, five steps at a time in registers"));

} // namespace assay
