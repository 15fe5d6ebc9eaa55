// Matrix products of four warps from shared memory. PTX ISA, "wgmma.mma_async". With Options::late the accumulators hold NaN, and the
// operands are read, until the wait that asks for the product.
#pragma once

#include <cstdint>

#include "kernels/simt/matrix.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::simt::warpgroup {

// Called by the executor.
void begin_block();
void end_block();

// PTX ISA, "Matrix descriptor": address, distances in bytes, 128-byte swizzle. Errors for tiles that are not in shared memory or at no
// multiple of 1024 bytes; `offset` leads to the first element of the operand.
std::uint64_t descriptor(const void* tile, std::size_t offset, std::size_t leading, std::size_t stride, Site site);

// d += A B, or d = A B: A is 64 x 16, K-major; B 16 x n, K-major or, if `transposed`, MN-major. Warp w of the four has rows 16 w ...
// 16 w + 15; element i of lane l is row l / 4 + 8 (i / 2 % 2), column 8 (i / 4) + 2 (l % 4) + i % 2. A fence is asked for before the
// first product after a wait.
struct Product {
  Half type;
  unsigned n;
  bool transposed, accumulate;
};
void fence(Site site);
void multiply(const Product& product, std::uint64_t a, std::uint64_t b, float* d, Site site);
void commit(Site site);
void wait(std::size_t pending, Site site); // for all but the newest `pending` groups

} // namespace assay::simt::warpgroup
