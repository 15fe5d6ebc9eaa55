// Primitives against tables that follow from the rules of the PTX ISA and the programming guide, computed here from those rules.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/device/copy.hpp"
#include "kernels/device/matrix.hpp"
#include "tests/simt/memory.hpp"
#include "tests/simt/ways.hpp"

namespace assay {
namespace {

// What one warp writes, which must be the same in every way.
template <class T, class Kernel, class... Arguments> std::vector<T> of_warp(std::size_t count, Kernel kernel, Arguments... arguments) {
  std::vector<T> first;
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<T> out((std::vector<T>(count)));
    gpu::launch({1, 32, 0, stream}, kernel, out.data, arguments...);
    const std::vector<T> got = out.host();
    if (first.empty()) first = got;
    EXPECT_EQ(got, first) << way;
  });
  return first;
}

enum class Shuffle { index, up, down, exchange };

template <Shuffle kind> __global__ void shuffles(int* out, int b, int width) {
  const int mine = 100 + static_cast<int>(threadIdx.x);
  if constexpr (kind == Shuffle::index) out[threadIdx.x] = __shfl_sync(~0u, mine, b, width);
  if constexpr (kind == Shuffle::up) out[threadIdx.x] = __shfl_up_sync(~0u, mine, static_cast<unsigned>(b), width);
  if constexpr (kind == Shuffle::down) out[threadIdx.x] = __shfl_down_sync(~0u, mine, static_cast<unsigned>(b), width);
  if constexpr (kind == Shuffle::exchange) out[threadIdx.x] = __shfl_xor_sync(~0u, mine, b, width);
}

// PTX ISA, "shfl.sync": bounds from the clamp and the segment mask in c.
int source_of(Shuffle kind, int lane, int b, int width) {
  const int segment = 32 - width, clamp = kind == Shuffle::up ? 0 : 31;
  const int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
  const int from = kind == Shuffle::up         ? lane - b
                   : kind == Shuffle::down     ? lane + b
                   : kind == Shuffle::exchange ? lane ^ b
                                               : least | (b & ~segment);
  const bool valid = kind == Shuffle::up ? from >= most : from <= most;
  return valid ? from : lane;
}

TEST(Primitives, Shuffles) {
  for (const int width : {1, 2, 4, 8, 16, 32})
    for (int b = 0; b < 32; ++b)
      for (const auto& [kind, kernel] : {std::pair{Shuffle::index, &shuffles<Shuffle::index>},
                                         {Shuffle::up, &shuffles<Shuffle::up>},
                                         {Shuffle::down, &shuffles<Shuffle::down>},
                                         {Shuffle::exchange, &shuffles<Shuffle::exchange>}}) {
        const std::vector<int> got = of_warp<int>(32, kernel, b, width);
        for (int lane = 0; lane < 32; ++lane)
          ASSERT_EQ(got[static_cast<std::size_t>(lane)], 100 + source_of(kind, lane, b, width))
              << static_cast<int>(kind) << " " << b << " " << width;
      }
}

__global__ void wide_shuffle(double* out) { out[threadIdx.x] = __shfl_xor_sync(~0u, 0.1 * threadIdx.x, 5); }

TEST(Primitives, EightByteShuffles) {
  const std::vector<double> got = of_warp<double>(32, wide_shuffle);
  for (unsigned lane = 0; lane < 32; ++lane) EXPECT_EQ(got[lane], 0.1 * (lane ^ 5));
}

__global__ void votes(unsigned* out, unsigned mask) {
  if ((mask >> threadIdx.x & 1) == 0) return;
  const int odd = threadIdx.x % 2;
  unsigned* const mine = out + 8 * threadIdx.x;
  mine[0] = __ballot_sync(mask, odd);
  mine[1] = static_cast<unsigned>(__any_sync(mask, odd));
  mine[2] = static_cast<unsigned>(__all_sync(mask, odd));
  mine[3] = __match_any_sync(mask, threadIdx.x / 4);
  mine[4] = __reduce_add_sync(mask, threadIdx.x);
  mine[5] = static_cast<unsigned>(__reduce_min_sync(mask, -static_cast<int>(threadIdx.x)));
  mine[6] = __reduce_or_sync(mask, 1u << threadIdx.x);
  mine[7] = __reduce_xor_sync(mask, threadIdx.x);
}

TEST(Primitives, VotesAndReductions) {
  for (const unsigned mask : {~0u, 0xffffu, 0x80000001u, 0xaaaaaaaau, 0x55555555u}) {
    const std::vector<unsigned> got = of_warp<unsigned>(256, votes, mask);
    unsigned odd = 0, sum = 0, most = 0, parity = 0;
    for (unsigned lane = 0; lane < 32; ++lane)
      if ((mask >> lane & 1) != 0) odd |= lane % 2 << lane, sum += lane, most = lane, parity ^= lane;
    for (unsigned lane = 0; lane < 32; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      const std::vector<unsigned> mine(&got[8 * lane], &got[8 * lane] + 8);
      const unsigned alike = mask & (0xfu << lane / 4 * 4);
      EXPECT_EQ(mine, (std::vector<unsigned>{odd, odd != 0, odd == mask, alike, sum, static_cast<unsigned>(-static_cast<int>(most)), mask,
                                             parity}));
    }
  }
}

__global__ void atomics(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  atomicAdd(out, lane);
  atomicSub(out + 1, lane);
  atomicMax(out + 2, lane);
  atomicMin(out + 3, -lane);
  atomicOr(out + 4, 1 << lane);
  atomicXor(out + 5, 3 << lane);
  atomicAnd(out + 6, lane);
  for (int seen = 0, before = 0;; seen = before) // counts the lanes by compare and swap
    if ((before = atomicCAS(out + 7, seen, seen + 1)) == seen) break;
}

TEST(Primitives, Atomics) {
  const std::vector<int> got = of_warp<int>(8, atomics);
  unsigned crossed = 0;
  for (unsigned lane = 0; lane < 32; ++lane) crossed ^= 3u << lane;
  EXPECT_EQ(got, (std::vector<int>{496, -496, 31, -31, -1, static_cast<int>(crossed), 0, 32}));
}

template <int bytes> __global__ void copies(std::uint8_t* out, const std::uint8_t* x, int kept) {
  struct Tile {
    alignas(16) std::uint8_t at[32 * bytes];
  };
  Tile& tile = gpu::shared<Tile>();
  gpu::copy_async<bytes>(tile.at + bytes * threadIdx.x, x + bytes * (31 - threadIdx.x), kept);
  gpu::commit_copies();
  gpu::wait_copies<0>();
  __syncwarp();
  for (unsigned k = 0; k < bytes; ++k) out[bytes * threadIdx.x + k] = tile.at[bytes * threadIdx.x + k];
}

TEST(Primitives, AsynchronousCopies) {
  std::vector<std::uint8_t> values(512);
  std::iota(values.begin(), values.end(), std::uint8_t{1});
  const Memory<std::uint8_t> x(values);
  const auto check = [&](auto kernel, unsigned bytes) {
    for (unsigned kept = 0; kept <= bytes; ++kept) {
      const std::vector<std::uint8_t> got =
          of_warp<std::uint8_t>(32 * bytes, kernel, static_cast<const std::uint8_t*>(x.data), static_cast<int>(kept));
      for (unsigned i = 0; i < got.size(); ++i)
        ASSERT_EQ(got[i], i % bytes < kept ? values[bytes * (31 - i / bytes) + i % bytes] : 0) << bytes << " " << kept << " " << i;
    }
  };
  check(copies<4>, 4);
  check(copies<8>, 8);
  check(copies<16>, 16);
}

struct Matrices {
  alignas(16) std::uint16_t at[4][8][8];
};

template <unsigned count, bool transposed> __global__ void loads(unsigned* out) {
  Matrices& matrices = gpu::shared<Matrices>();
  for (unsigned i = threadIdx.x; i < 256; i += 32) matrices.at[i / 64][i / 8 % 8][i % 8] = static_cast<std::uint16_t>(i);
  __syncwarp();
  unsigned registers[count];
  gpu::load_matrices<transposed>(matrices.at[threadIdx.x / 8 % count][threadIdx.x % 8], registers);
  for (unsigned r = 0; r < count; ++r) out[count * threadIdx.x + r] = registers[r];
}

TEST(Primitives, MatrixLoads) {
  const auto check = [](auto kernel, unsigned count, bool transposed) {
    const std::vector<unsigned> got = of_warp<unsigned>(32 * count, kernel);
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned m = 0; m < count; ++m) {
        const unsigned g = lane / 4, t = lane % 4;
        const unsigned low = 64 * m + (transposed ? 8 * (2 * t) + g : 8 * g + 2 * t), high = low + (transposed ? 8 : 1);
        ASSERT_EQ(got[count * lane + m], low | high << 16) << lane << " " << m;
      }
  };
  check(loads<4, false>, 4, false);
  check(loads<4, true>, 4, true);
  check(loads<2, false>, 2, false);
  check(loads<2, true>, 2, true);
  check(loads<1, false>, 1, false);
  check(loads<1, true>, 1, true);
}

// One element of A and one of B are not zero: the products say where every register's halves lie.
template <bool bf16> __global__ void one_product(float* out, unsigned lane_a, unsigned half_a, unsigned lane_b, unsigned half_b) {
  unsigned a[4] = {}, b[2] = {};
  float d[4] = {};
  const unsigned one = bf16 ? 0x3f80u : 0x3c00u;
  if (threadIdx.x == lane_a) a[half_a / 2] = one << 16 * (half_a % 2);
  if (threadIdx.x == lane_b) b[half_b / 2] = one << 16 * (half_b % 2);
  if constexpr (bf16)
    gpu::multiply_bf16(d, a, b);
  else
    gpu::multiply_fp16(d, a, b);
  for (unsigned k = 0; k < 4; ++k) out[4 * threadIdx.x + k] = d[k];
}

// PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type", element i of a lane.
unsigned row_a(unsigned lane, unsigned i) { return lane / 4 + (i < 2 || (i >= 4 && i < 6) ? 0 : 8); }
unsigned column_a(unsigned lane, unsigned i) { return lane % 4 * 2 + (i & 1) + (i < 4 ? 0 : 8); }
unsigned row_b(unsigned lane, unsigned i) { return lane % 4 * 2 + (i & 1) + (i < 2 ? 0 : 8); }
unsigned column_b(unsigned lane) { return lane / 4; }

TEST(Primitives, MatrixProducts) {
  unsigned products = 0;
  for (unsigned element_a = 0; element_a < 256; ++element_a)
    for (unsigned element_b = element_a % 5; element_b < 128; element_b += 5) {
      const unsigned lane_a = element_a / 8, i_a = element_a % 8, lane_b = element_b / 4, i_b = element_b % 4;
      const std::vector<float> got =
          of_warp<float>(128, element_a % 2 == 0 ? one_product<true> : one_product<false>, lane_a, i_a, lane_b, i_b);
      std::vector<float> want(128);
      if (column_a(lane_a, i_a) == row_b(lane_b, i_b)) {
        const unsigned row = row_a(lane_a, i_a), column = column_b(lane_b);
        want[4 * (row % 8 * 4 + column / 2) + column % 2 + 2 * (row / 8)] = 1;
        ++products;
      }
      ASSERT_EQ(got, want) << element_a << " " << element_b;
    }
  EXPECT_GT(products, 256u);
}

} // namespace
} // namespace assay
