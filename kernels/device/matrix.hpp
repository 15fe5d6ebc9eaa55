// Tensor-core operations of one warp (compute capability 8.0 and later). Layouts of fragments: PTX ISA, "Matrix Fragments for mma.m16n8k16
// with floating point type". g = lane / 4, t = lane % 4:
//   A, 16 x 16: registers (g, 2t) (g + 8, 2t) (g, 2t + 8) (g + 8, 2t + 8), each with the next column in its upper half
//   B, 16 x 8:  registers (2t, g) (2t + 8, g), each with the next row in its upper half
//   D, 16 x 8:  floats (g, 2t) (g, 2t + 1) (g + 8, 2t) (g + 8, 2t + 1)
#pragma once

#include "kernels/device/gpu.hpp"

#ifndef __CUDACC__
#include "kernels/simt/matrix.hpp"
#endif

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

#ifdef __CUDACC__

// 8 x 8 matrices of 16-bit elements from shared memory: lanes 8m ... 8m + 7 bring the rows of matrix m, 16 bytes each, 16-aligned. Register
// m: (g, 2t) and (g, 2t + 1) of matrix m, or of its transpose.
template <bool transposed = false> __device__ void load_matrices(const void* row, unsigned (&r)[4]) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
}
template <bool transposed = false> __device__ void load_matrices(const void* row, unsigned (&r)[2]) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(at) : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(at) : "memory");
}
template <bool transposed = false> __device__ void load_matrices(const void* row, unsigned (&r)[1]) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];" : "=r"(r[0]) : "r"(at) : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(r[0]) : "r"(at) : "memory");
}

// d += A B in fp32.
__device__ inline void multiply_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
__device__ inline void multiply_fp16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

template <bool transposed = false, unsigned count>
void load_matrices(const void* row, unsigned (&registers)[count], assay::simt::Site site = assay::simt::here()) {
  static_assert(count == 1 || count == 2 || count == 4);
  assay::simt::load_matrices(row, count, transposed, registers, site);
}
inline void multiply_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], assay::simt::Site site = assay::simt::here()) {
  assay::simt::multiply(assay::simt::Half::bf16, a, b, d, site);
}
inline void multiply_fp16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], assay::simt::Site site = assay::simt::here()) {
  assay::simt::multiply(assay::simt::Half::fp16, a, b, d, site);
}

#endif

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
