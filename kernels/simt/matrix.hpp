// Matrix operations of a warp from the registers of its lanes. PTX ISA, "ldmatrix" and "mma.m16n8k16".
#pragma once

#include <cstdint>

#include "kernels/simt/thread.hpp"

namespace assay::simt {

// ldmatrix: `count` 8x8 matrices of 16-bit elements; lanes 8 m ... 8 m + 7 bring the addresses of the rows of matrix m, 16 bytes
// each, in shared memory. Register m of lane l gets row l / 4, elements 2 (l % 4) and the next, of matrix m, or of its transpose.
void load_matrices(const void* row, unsigned count, bool transposed, std::uint32_t* registers, Site site);

enum class Half : std::uint8_t { bf16, fp16 };
float widened(Half type, std::uint16_t bits);
// d += A B, fp32: A is 16 x 16 in four registers a lane, B 16 x 8 in two, d 16 x 8 in four floats. Products are exact; sums are taken in
// fp32 in ascending k, or in random order under Options::perturb. Tensor cores round otherwise: bounds have to allow for it.
void multiply(Half type, const std::uint32_t* a, const std::uint32_t* b, float* d, Site site);

} // namespace assay::simt
