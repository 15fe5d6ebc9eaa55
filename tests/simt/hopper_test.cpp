// Tiles, mbarriers and wgmma against the layouts of the PTX ISA, computed here from its canonical layouts.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/device/hopper.hpp"
#include "tests/simt/memory.hpp"
#include "tests/simt/ways.hpp"
#ifndef __CUDACC__
#include "tests/simt/found.hpp"
#endif

namespace assay {
namespace {

constexpr unsigned box_rows = 16, columns = 64;

enum class Use { right, no_wait, too_many_bytes, too_many_arrivals, no_init, misplaced };

template <Use use> __global__ void brings_tile(const __grid_constant__ gpu::TensorMap map, std::uint16_t* out, int row, int column) {
  gpu::Dynamic dynamic;
  auto* const tile = dynamic.take<std::uint16_t>(box_rows * columns + 64, 1024);
  gpu::Mbarrier& arrived = *dynamic.take<gpu::Mbarrier>(1);
  if (threadIdx.x == 0 && use != Use::no_init) arrived.init(1);
  __syncthreads();
  if (threadIdx.x == 0) {
    arrived.arrive_and_expect(box_rows * columns * 2 + (use == Use::too_many_bytes ? 16 : 0));
    if (use == Use::too_many_arrivals) arrived.arrive();
    gpu::load_tile(tile + (use == Use::misplaced ? 64 : 0), map, row, column, arrived);
  }
  if (use != Use::no_wait) arrived.wait(0);
  for (unsigned i = threadIdx.x; i < box_rows * columns; i += 32) out[i] = tile[i];
}

struct Matrix {
  static constexpr unsigned rows = 37, columns = 100, stride = 104;
  Memory<std::uint16_t> values;
  Matrix() : values(numbers()) {}
  static std::vector<std::uint16_t> numbers() {
    std::vector<std::uint16_t> list(rows * stride);
    for (unsigned i = 0; i < list.size(); ++i) list[i] = static_cast<std::uint16_t>(i + 1);
    return list;
  }
  gpu::TensorMap map() const { return gpu::tensor_map(reinterpret_cast<const __half*>(values.data), rows, columns, stride, box_rows); }
};
constexpr std::size_t tile_shared = (box_rows * columns + 64) * 2 + 64;

TEST(Hopper, TilesAreSwizzledAndEndInZeros) {
  if (const std::string why = lacks_hopper(); !why.empty()) GTEST_SKIP() << why;
  const Matrix matrix;
  for (const auto& [row, column] : {std::pair{0, 0}, {16, 64}, {32, 64}, {-3, -8}, {40, 0}, {5, 8}})
    in_every_way([&, row = row, column = column](void* stream, const std::string& way) {
      const Memory<std::uint16_t> out((std::vector<std::uint16_t>(box_rows * columns)));
      gpu::launch({1, 32, tile_shared, stream}, brings_tile<Use::right>, matrix.map(), out.data, row, column);
      const std::vector<std::uint16_t> got = out.host();
      for (int r = 0; r < static_cast<int>(box_rows); ++r)
        for (int c = 0; c < static_cast<int>(columns); ++c) {
          const int y = row + r, x = column + c;
          const bool inside = y >= 0 && x >= 0 && y < static_cast<int>(Matrix::rows) && x < static_cast<int>(Matrix::columns);
          const int want = inside ? y * static_cast<int>(Matrix::stride) + x + 1 : 0;
          ASSERT_EQ(got[static_cast<std::size_t>(r * 64 + ((c / 8) ^ (r % 8)) * 8 + c % 8)], want)
              << way << " " << row << " " << column << " " << r << " " << c;
        }
    });
}

// Phases: thread t waits for the t-th of them, and arrives at the next.
__global__ void relay(int* out) {
  gpu::Mbarrier& baton = gpu::shared<gpu::Mbarrier>();
  int& count = gpu::shared<int>();
  if (threadIdx.x == 0) {
    baton.init(1);
    count = 0;
  }
  __syncthreads();
  if (threadIdx.x > 0) // all earlier phases first: a wait sees parities only
    for (unsigned phase = 0; phase < threadIdx.x; ++phase) baton.wait(phase % 2);
  out[threadIdx.x] = count++;
  baton.arrive();
}

TEST(Hopper, MbarriersTurnPhases) {
  if (const std::string why = lacks_hopper(); !why.empty()) GTEST_SKIP() << why;
  in_every_way([](void* stream, const std::string& way) {
    const Memory<int> out((std::vector<int>(2)));
    gpu::launch({1, 2, 0, stream}, relay, out.data);
    EXPECT_EQ(out.host(), (std::vector<int>{0, 1})) << way;
  });
}

// One product of depth 64 from tiles that are given as they lie in shared memory.
enum class Step { right, no_fence, no_wait };
template <class T, unsigned n, bool transposed, Step step> __global__ void products(const T* a, const T* b, float* out) {
  gpu::Dynamic dynamic;
  T* const left = dynamic.take<T>(64 * columns, 1024);
  T* const right = dynamic.take<T>(n * columns, 1024);
  for (unsigned i = threadIdx.x; i < 64 * columns; i += 128) left[i] = a[i];
  for (unsigned i = threadIdx.x; i < n * columns; i += 128) right[i] = b[i];
  gpu::fence_shared_for_wgmma();
  __syncthreads();
  float d[n / 2];
  for (float& one : d) one = 1;
  if (step != Step::no_fence) gpu::wgmma_fence();
  for (unsigned k = 0; k < columns; k += 16)
    gpu::wgmma<T, transposed>(d, gpu::wgmma_k_major(left, k), transposed ? gpu::wgmma_mn_major(right, k, 64) : gpu::wgmma_k_major(right, k),
                              k > 0);
  gpu::wgmma_commit();
  if (step != Step::no_wait) gpu::wgmma_wait<0>(d);
  for (unsigned i = 0; i < n / 2; ++i) out[n / 2 * threadIdx.x + i] = d[i];
}

// PTX ISA, "Canonical layouts", 128-byte swizzle, in pieces of 16 bytes: ((8, m), (1, 2k)) with strides ((8, 64), (1)) K-major and
// ((8, m), (8, k)) with strides ((1, leading), (8, stride)) MN-major; then bits 0 ... 2 of the piece get bits 3 ... 5 of it by xor.
std::size_t place(unsigned mn, unsigned k, bool mn_major) {
  const unsigned leading = 64 * 8, stride = 64; // a tile has 64 rows of 8 pieces
  const unsigned piece = mn_major ? mn / 8 % 8 + mn / 64 * leading + k % 8 * 8 + k / 8 * stride : mn % 8 * 8 + mn / 8 * 64 + k / 8;
  return std::size_t{piece ^ (piece >> 3 & 7)} * 8 + (mn_major ? mn % 8 : k % 8);
}

int small(unsigned i) { return static_cast<int>(i * 2654435761u >> 24) % 15 - 7; }
template <class T> T half_of(int value) {
  if constexpr (std::is_same_v<T, __half>)
    return __float2half_rn(static_cast<float>(value));
  else
    return __float2bfloat16_rn(static_cast<float>(value));
}

template <class T, unsigned n, bool transposed> void check_products() {
  std::vector<T> a(64 * columns), b(n * columns);
  for (unsigned k = 0; k < columns; ++k) {
    for (unsigned m = 0; m < 64; ++m) a[place(m, k, false)] = half_of<T>(small(64 * k + m));
    for (unsigned column = 0; column < n; ++column) b[place(column, k, transposed)] = half_of<T>(small(7919 + n * k + column));
  }
  const Memory<T> left(a), right(b);
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<float> out((std::vector<float>(64 * n)));
    gpu::launch({1, 128, (64 + n) * columns * sizeof(T), stream}, products<T, n, transposed, Step::right>, left.data, right.data, out.data);
    const std::vector<float> got = out.host();
    for (unsigned thread = 0; thread < 128; ++thread)
      for (unsigned i = 0; i < n / 2; ++i) {
        const unsigned row = 16 * (thread / 32) + thread % 32 / 4 + (i % 4 < 2 ? 0 : 8), column = 8 * (i / 4) + thread % 4 * 2 + (i & 1);
        int want = 0;
        for (unsigned k = 0; k < columns; ++k) want += small(64 * k + row) * small(7919 + n * k + column);
        ASSERT_EQ(got[n / 2 * thread + i], static_cast<float>(want)) << way << " " << thread << " " << i;
      }
  });
}

TEST(Hopper, WarpgroupProducts) {
  if (const std::string why = lacks_hopper(); !why.empty()) GTEST_SKIP() << why;
  check_products<__nv_bfloat16, 64, false>();
  check_products<__nv_bfloat16, 64, true>();
  check_products<__half, 64, false>();
  check_products<__half, 128, true>();
  check_products<__nv_bfloat16, 128, false>();
  check_products<__nv_bfloat16, 128, true>();
  check_products<__nv_bfloat16, 256, true>();
  check_products<__half, 256, false>();
}

#ifndef __CUDACC__ // what only the executor says

using simt::Finding;

TEST(Hopper, MisuseOfTilesIsFound) {
  const Matrix matrix;
  const Memory<std::uint16_t> out((std::vector<std::uint16_t>(box_rows * columns)));
  const gpu::Shape shape{1, 32, tile_shared};
  for (const int column : {-5, 1, 4}) // 16 bytes, found on a device
    EXPECT_NE(found(shape, Finding::misaligned, brings_tile<Use::right>, matrix.map(), out.data, 0, column), "");
  EXPECT_NE(found(shape, Finding::pending, brings_tile<Use::no_wait>, matrix.map(), out.data, 0, 0), "");
  EXPECT_EQ(out.host()[0], 0xffff) << "a tile that has not arrived holds ones";
  EXPECT_NE(found(shape, Finding::deadlock, brings_tile<Use::too_many_bytes>, matrix.map(), out.data, 0, 0), "");
  EXPECT_NE(found(shape, Finding::collective, brings_tile<Use::too_many_arrivals>, matrix.map(), out.data, 0, 0), "");
  EXPECT_NE(found(shape, Finding::unwritten, brings_tile<Use::no_init>, matrix.map(), out.data, 0, 0), "");
  EXPECT_NE(found(shape, Finding::misaligned, brings_tile<Use::misplaced>, matrix.map(), out.data, 0, 0), "");
  const auto* const half = reinterpret_cast<const __half*>(matrix.values.data);
  EXPECT_THROW(gpu::tensor_map(half + 1, 8, 64, 64, 8), simt::Error);
  EXPECT_THROW(gpu::tensor_map(half, 8, 64, 100, 8), simt::Error);
  EXPECT_THROW(gpu::tensor_map(half, 8, 64, 64, 257), simt::Error);
  EXPECT_THROW(gpu::tensor_map(half, 0, 64, 64, 8), simt::Error);
}

TEST(Hopper, ProductsNeedFourWarpsAndTheirWait) {
  const Memory<__half> a((std::vector<__half>(64 * columns))), b((std::vector<__half>(64 * columns)));
  const Memory<float> out(std::vector<float>(64 * 64, 7));
  const std::size_t shared = 128 * columns * 2;
  const auto run = [&](unsigned threads, auto kernel, Finding finding) {
    return found({1, threads, shared}, finding, kernel, static_cast<const __half*>(a.data), static_cast<const __half*>(b.data), out.data);
  };
  EXPECT_NE(run(96, products<__half, 64, false, Step::right>, Finding::unsupported), "");
  EXPECT_NE(run(128, products<__half, 64, false, Step::no_fence>, Finding::unsupported), "");
  EXPECT_NE(run(128, products<__half, 64, false, Step::no_wait>, Finding::pending), "");
  EXPECT_TRUE(std::isnan(out.host()[0]));
}

// Two groups of four warps, 128 registers a thread at the start: the first gives, the second takes.
enum class Budget { right, too_large, half_a_group, not_as_said };
template <Budget budget> __global__ void trades(int* out) {
  if (threadIdx.x < 128) {
    if (budget != Budget::half_a_group || threadIdx.x < 64) gpu::give_registers<128, 40>();
  } else
    gpu::take_registers<budget == Budget::not_as_said ? 120 : 128, budget == Budget::too_large ? 224 : 216>();
  out[threadIdx.x] = 1;
}

TEST(Hopper, RegistersThatDoNotAddUpAreFound) {
  const Memory<int> out((std::vector<int>(256)));
  in_every_way([&](void* stream, const std::string&) { gpu::launch({2, 256, 0, stream}, trades<Budget::right>, out.data); });
  EXPECT_EQ(out.host(), std::vector<int>(256, 1));
  const std::string hangs = found({1, 256}, Finding::deadlock, trades<Budget::too_large>, out.data);
  EXPECT_NE(hangs.find("waits in setmaxnreg.inc"), std::string::npos) << hangs;
  EXPECT_NE(found({1, 256}, Finding::deadlock, trades<Budget::half_a_group>, out.data), "");
  EXPECT_NE(found({1, 256}, Finding::unsupported, trades<Budget::not_as_said>, out.data), "");
  EXPECT_NE(found({1, 640}, Finding::unsupported, trades<Budget::right>, out.data), "") << "640 threads of 128 registers";
}

// Half a group gives, and nobody takes: nothing waits, and still it is undefined on a device.
__global__ void gives_in_part() {
  if (threadIdx.x < 64) gpu::give_registers<128, 40>();
}
TEST(Hopper, AGroupTradesAsAWhole) { EXPECT_NE(found({1, 128}, Finding::collective, gives_in_part), ""); }

#endif

} // namespace
} // namespace assay
