// What compute capability 9.0 added: barriers in shared memory that count bytes, copies of tensor tiles that arrive on them, and matrix
// products of four warps from shared memory. PTX ISA, "mbarrier", "cp.async.bulk.tensor", "wgmma.mma_async". On earlier devices these
// functions trap; wgmma asks for the target sm_90a. Only the tiles described here are supported: 16-bit elements, rows of 64 of them (128
// bytes), 128-byte swizzle, at multiples of 1024 bytes of shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/device/gpu.hpp"

#ifdef __CUDACC__
#include <cuda.h>
#else
#include "kernels/simt/bulk.hpp"
#include "kernels/simt/registers.hpp"
#include "kernels/simt/warpgroup.hpp"
#endif

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

template <class T> inline constexpr bool is_half = std::is_same_v<T, __nv_bfloat16> || std::is_same_v<T, __half>;
inline constexpr unsigned tile_columns = 64;

#ifdef __CUDACC__
using TensorMap = CUtensorMap;
#else
using TensorMap = assay::simt::bulk::TensorMap;
#endif

// Of a row-major matrix in device memory, rows `stride` elements apart, for boxes of box_rows (1 ... 256) x 64. Kernels take it as
// `const __grid_constant__ gpu::TensorMap`. Throws std::runtime_error: base and 2 stride must be multiples of 16 bytes, nothing empty.
template <class T> TensorMap tensor_map(const T* base, std::size_t rows, std::size_t columns, std::size_t stride, unsigned box_rows);

// A counter of arrivals and bytes in shared memory. A phase is over when `count` arrivals have come and as many bytes as they expected.
// Phases are numbered from 0; wait(parity) returns when the running one has not that parity: wait(0) for the first, wait(1) for the second,
// and wait(1) on a fresh barrier at once. Arrivals release, waits acquire.
struct Mbarrier {
  std::uint64_t state;
#ifdef __CUDACC__
  __device__ void init(unsigned count);
  __device__ void arrive();
  __device__ void arrive_and_expect(unsigned bytes);
  __device__ void wait(unsigned parity);
#else
  // Before its use by other threads: a block barrier.
  void init(unsigned count, assay::simt::Site site = assay::simt::here()) { assay::simt::bulk::init(this, count, site); }
  void arrive(assay::simt::Site site = assay::simt::here()) { assay::simt::bulk::arrive(this, 0, site); }
  void arrive_and_expect(unsigned bytes, assay::simt::Site site = assay::simt::here()) { assay::simt::bulk::arrive(this, bytes, site); }
  void wait(unsigned parity, assay::simt::Site site = assay::simt::here()) { assay::simt::bulk::wait(this, parity, site); }
#endif
};

// Called by all four warps of a group: from `from` registers a thread to `to`, both multiples of 8 from 24 to 256. Those that a group gives
// up are there for the others of its block, and who takes waits for them: a budget that does not add up hangs. All threads start with the
// same number, which __launch_bounds__ implies: 65536 / (threads of all blocks of a multiprocessor), down to a multiple of 8.
template <unsigned count> inline constexpr bool can_trade = count >= 24 && count <= 256 && count % 8 == 0;

#ifdef __CUDACC__

template <class T> TensorMap tensor_map(const T* base, std::size_t rows, std::size_t columns, std::size_t stride, unsigned box_rows) {
  static_assert(is_half<T>);
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found), "looking for tensor maps");
  if (found != cudaDriverEntryPointSuccess) throw std::runtime_error("CUDA: the driver knows no tensor maps");
  TensorMap map;
  const cuuint64_t sizes[] = {columns, rows}, strides[] = {stride * sizeof(T)};
  const cuuint32_t box[] = {tile_columns, box_rows}, steps[] = {1, 1};
  const CUresult status = reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function)(
      &map, std::is_same_v<T, __half> ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<T*>(base), sizes,
      strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS)
    throw std::runtime_error("CUDA, tensor map: base and row distance must be multiples of 16 bytes, box_rows at most 256");
  return map;
}

__device__ inline unsigned shared_address(const void* at) { return static_cast<unsigned>(__cvta_generic_to_shared(at)); }

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define ASSAY_SM90(...) __VA_ARGS__
#else
#define ASSAY_SM90(...) __trap()
#endif
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define ASSAY_SM90A(...) __VA_ARGS__
#else
#define ASSAY_SM90A(...) __trap()
#endif

// Visible to the asynchronous proxy; to other threads after a block barrier.
__device__ inline void Mbarrier::init(unsigned count) {
  ASSAY_SM90(asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;\nfence.mbarrier_init.release.cluster;\nfence.proxy.async.shared::cta;"
                          :
                          : "r"(shared_address(this)), "r"(count)
                          : "memory"));
}
__device__ inline void Mbarrier::arrive() {
  ASSAY_SM90(asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" : : "r"(shared_address(this)) : "memory"));
}
__device__ inline void Mbarrier::arrive_and_expect(unsigned bytes) {
  ASSAY_SM90(asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" : : "r"(shared_address(this)), "r"(bytes) : "memory"));
}
__device__ inline void Mbarrier::wait(unsigned parity) {
  unsigned over = 0;
  while (over == 0)
    ASSAY_SM90(asm volatile("{\n.reg .pred over;\nmbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\nselp.u32 %0, 1, 0, over;\n}"
                            : "=r"(over)
                            : "r"(shared_address(this)), "r"(parity)
                            : "memory"));
}

// One thread brings the box whose first element is (row, column) to `tile`, box_rows x 64, zeros outside of the matrix: piece p of 16 bytes
// of row r lies at p ^ (r % 8). box_rows * 128 bytes arrive on `barrier`, which must expect them. column: any multiple of 8; others end the
// kernel with an illegal instruction (seen on an H200, driver 580.159).
__device__ inline void load_tile(void* tile, const TensorMap& map, int row, int column, Mbarrier& barrier) {
  ASSAY_SM90(asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
                          :
                          : "r"(shared_address(tile)), "l"(&map), "r"(shared_address(&barrier)), "r"(column), "r"(row)
                          : "memory"));
}

// What threads have written to shared memory becomes visible to wgmma; a barrier among them comes after it.
__device__ inline void fence_shared_for_wgmma() { ASSAY_SM90(asm volatile("fence.proxy.async.shared::cta;" : : : "memory")); }

template <unsigned from, unsigned to> __device__ void give_registers() {
  static_assert(can_trade<from> && can_trade<to> && to < from);
  ASSAY_SM90A(asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" : : "n"(to)));
}
template <unsigned from, unsigned to> __device__ void take_registers() {
  static_assert(can_trade<from> && can_trade<to> && from <= to);
  ASSAY_SM90A(asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" : : "n"(to)));
}

__device__ inline std::uint64_t wgmma_descriptor(const void* tile, unsigned offset, unsigned leading, unsigned stride) {
  constexpr std::uint64_t swizzle_128 = 1;
  return std::uint64_t{(shared_address(tile) + offset & 0x3ffffu) >> 4} | std::uint64_t{leading >> 4} << 16 |
         std::uint64_t{stride >> 4} << 32 | swizzle_128 << 62;
}

__device__ inline void wgmma_fence() { ASSAY_SM90A(asm volatile("wgmma.fence.sync.aligned;" : : : "memory")); }
__device__ inline void wgmma_commit() { ASSAY_SM90A(asm volatile("wgmma.commit_group.sync.aligned;" : : : "memory")); }

// For all but the newest `pending` groups; d may be read after it.
template <unsigned pending, unsigned count> __device__ void wgmma_wait(float (&d)[count]) {
  ASSAY_SM90A(asm volatile("wgmma.wait_group.sync.aligned %0;" : : "n"(pending) : "memory"));
#pragma unroll
  for (unsigned i = 0; i < count; ++i) asm volatile("" : "+f"(d[i]) : : "memory");
}

// clang-format off
#define ASSAY_D4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define ASSAY_D16(i) ASSAY_D4(i), ASSAY_D4(i + 4), ASSAY_D4(i + 8), ASSAY_D4(i + 12)
#define ASSAY_D32(i) ASSAY_D16(i), ASSAY_D16(i + 16)
#define ASSAY_D64(i) ASSAY_D32(i), ASSAY_D32(i + 32)
#define ASSAY_D128(i) ASSAY_D64(i), ASSAY_D64(i + 64)
#define ASSAY_WGMMA_64(type, transposed) \
  asm volatile("{\n.reg .pred keep;\nsetp.ne.b32 keep, %34, 0;\nwgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {" \
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, " \
               "%24, %25, %26, %27, %28, %29, %30, %31" \
               "}, %32, %33, keep, 1, 1, 0, " transposed ";\n}" \
               : ASSAY_D32(0) \
               : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)))
#define ASSAY_WGMMA_128(type, transposed) \
  asm volatile("{\n.reg .pred keep;\nsetp.ne.b32 keep, %66, 0;\nwgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {" \
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, " \
               "%24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, " \
               "%46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63" \
               "}, %64, %65, keep, 1, 1, 0, " transposed ";\n}" \
               : ASSAY_D64(0) \
               : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)))
#define ASSAY_WGMMA_256(type, transposed) \
  asm volatile("{\n.reg .pred keep;\nsetp.ne.b32 keep, %130, 0;\nwgmma.mma_async.sync.aligned.m64n256k16.f32." type "." type " {" \
               "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, " \
               "%24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, " \
               "%46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, " \
               "%68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, " \
               "%90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, " \
               "%110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127" \
               "}, %128, %129, keep, 1, 1, 0, " transposed ";\n}" \
               : ASSAY_D128(0) \
               : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)))
#define ASSAY_WGMMA(n) \
  if constexpr (std::is_same_v<T, __half>) { \
    if constexpr (transposed) ASSAY_WGMMA_##n("f16", "1"); else ASSAY_WGMMA_##n("f16", "0"); \
  } else { \
    if constexpr (transposed) ASSAY_WGMMA_##n("bf16", "1"); else ASSAY_WGMMA_##n("bf16", "0"); \
  }
// clang-format on

// d += A B, or d = A B, for the four warps of a group: A is 64 x 16, K-major; B 16 x N, K-major or, if `transposed`, MN-major. In order
// among themselves. Warp w of the group has rows 16 w ... 16 w + 15 of d; element i of lane l: row l / 4 + 8 (i / 2 % 2), column
// 8 (i / 4) + 2 (l % 4) + i % 2. wgmma_fence comes before the first one and after every use of d.
template <class T, bool transposed, unsigned half_n>
__device__ void wgmma(float (&d)[half_n], std::uint64_t a, std::uint64_t b, bool accumulate) {
  static_assert(is_half<T> && (half_n == 32 || half_n == 64 || half_n == 128), "wgmma: N of 64, 128 or 256");
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
  if constexpr (half_n == 32) {
    ASSAY_WGMMA(64)
  } else if constexpr (half_n == 64) {
    ASSAY_WGMMA(128)
  } else {
    ASSAY_WGMMA(256)
  }
#else
  __trap();
#endif
}
#undef ASSAY_D4
#undef ASSAY_D16
#undef ASSAY_D32
#undef ASSAY_D64
#undef ASSAY_D128
#undef ASSAY_WGMMA_64
#undef ASSAY_WGMMA_128
#undef ASSAY_WGMMA_256
#undef ASSAY_WGMMA
#undef ASSAY_SM90
#undef ASSAY_SM90A

#define ASSAY_SITE
#define ASSAY_PASS_SITE
#else

template <class T> TensorMap tensor_map(const T* base, std::size_t rows, std::size_t columns, std::size_t stride, unsigned box_rows) {
  static_assert(is_half<T>);
  const TensorMap map{reinterpret_cast<const std::byte*>(base), rows, columns, stride * sizeof(T), box_rows, tile_columns, sizeof(T), true};
  assay::simt::bulk::check(map);
  return map;
}

inline void load_tile(void* tile, const TensorMap& map, int row, int column, Mbarrier& barrier,
                      assay::simt::Site site = assay::simt::here()) {
  assay::simt::bulk::load(tile, map, row, column, &barrier, site);
}
inline void fence_shared_for_wgmma() {}
template <unsigned from, unsigned to> void give_registers(assay::simt::Site site = assay::simt::here()) {
  static_assert(can_trade<from> && can_trade<to> && to < from);
  assay::simt::registers::trade(from, to, site);
}
template <unsigned from, unsigned to> void take_registers(assay::simt::Site site = assay::simt::here()) {
  static_assert(can_trade<from> && can_trade<to> && from <= to);
  assay::simt::registers::trade(from, to, site);
}
inline std::uint64_t wgmma_descriptor(const void* tile, unsigned offset, unsigned leading, unsigned stride, assay::simt::Site site) {
  return assay::simt::warpgroup::descriptor(tile, offset, leading, stride, site);
}
inline void wgmma_fence(assay::simt::Site site = assay::simt::here()) { assay::simt::warpgroup::fence(site); }
inline void wgmma_commit(assay::simt::Site site = assay::simt::here()) { assay::simt::warpgroup::commit(site); }
template <unsigned pending, unsigned count> void wgmma_wait(float (&)[count], assay::simt::Site site = assay::simt::here()) {
  assay::simt::warpgroup::wait(pending, site);
}
template <class T, bool transposed, unsigned half_n>
void wgmma(float (&d)[half_n], std::uint64_t a, std::uint64_t b, bool accumulate, assay::simt::Site site = assay::simt::here()) {
  static_assert(is_half<T> && (half_n == 32 || half_n == 64 || half_n == 128), "wgmma: N of 64, 128 or 256");
  constexpr auto type = std::is_same_v<T, __half> ? assay::simt::Half::fp16 : assay::simt::Half::bf16;
  assay::simt::warpgroup::multiply({type, 2 * half_n, transposed, accumulate}, a, b, d, site);
}

#define ASSAY_SITE , assay::simt::Site site = assay::simt::here()
#define ASSAY_PASS_SITE , site
#endif

// Operands of wgmma in tiles as load_tile leaves them, from element k of the inner dimension of the product, a multiple of 16.
// K-major: rows of the tile are rows of A, or columns of B; k < 64.
__device__ inline std::uint64_t wgmma_k_major(const void* tile, unsigned k ASSAY_SITE) {
  return wgmma_descriptor(tile, 2 * k, 16, 1024 ASSAY_PASS_SITE);
}
// MN-major: rows of the tile are rows of B; tiles of `box_rows` of them with the next 64 columns follow each other.
__device__ inline std::uint64_t wgmma_mn_major(const void* tile, unsigned k, unsigned box_rows ASSAY_SITE) {
  return wgmma_descriptor(tile, 128 * k, 128 * box_rows, 1024 ASSAY_PASS_SITE);
}
#undef ASSAY_SITE
#undef ASSAY_PASS_SITE

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
