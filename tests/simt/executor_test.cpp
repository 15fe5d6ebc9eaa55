// The executor itself: schedules, what it finds, and that it can go on afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/device/gpu.hpp"
#include "tests/simt/found.hpp"
#include "tests/simt/memory.hpp"

namespace assay {
namespace {

__global__ void arrival(unsigned* counter, unsigned* place) { place[blockIdx.x * blockDim.x + threadIdx.x] = atomicAdd(counter, 1u); }

std::vector<unsigned> places(simt::Options options, unsigned blocks, unsigned threads) {
  const Memory<unsigned> counter({0}), place(std::vector<unsigned>(blocks * threads));
  simt::Stream stream{options};
  gpu::launch({blocks, threads, 0, &stream}, arrival, counter.data, place.data);
  return place.host();
}

TEST(Executor, Orders) {
  std::vector<unsigned> up(96);
  std::iota(up.begin(), up.end(), 0u);
  EXPECT_EQ(places({.order = simt::Order::ascending}, 3, 32), up);
  EXPECT_EQ(places({.order = simt::Order::descending}, 3, 32), std::vector<unsigned>(up.rbegin(), up.rend()));
  for (const simt::Order order : {simt::Order::random, simt::Order::warp_greedy}) {
    const std::vector<unsigned> one = places({.order = order, .seed = 1}, 3, 64);
    EXPECT_TRUE(std::is_permutation(one.begin(), one.end(), places({.order = order, .seed = 2}, 3, 64).begin()));
    EXPECT_NE(one, places({.order = order, .seed = 2}, 3, 64));
    EXPECT_EQ(one, places({.order = order, .seed = 1}, 3, 64)) << "the same seed gives the same schedule";
  }
}

// Each thread notes when it was first past the point where it could have waited for others.
__global__ void two_steps(unsigned* counter, unsigned* when) {
  __syncwarp();
  when[threadIdx.x] = atomicAdd(counter, 1u);
  __syncwarp();
  when[blockDim.x + threadIdx.x] = atomicAdd(counter, 1u);
}

TEST(Executor, WarpGreedyRunsOneWarpAsFarAsItCan) {
  const Memory<unsigned> counter({0}), when(std::vector<unsigned>(256));
  simt::Stream stream{{.order = simt::Order::warp_greedy, .seed = 3}};
  gpu::launch({1, 128, 0, &stream}, two_steps, counter.data, when.data);
  const std::vector<unsigned> at = when.host();
  for (unsigned warp = 0; warp < 4; ++warp) {
    const unsigned first = *std::min_element(&at[32 * warp], &at[32 * warp] + 32);
    const unsigned last = *std::max_element(&at[128 + 32 * warp], &at[128 + 32 * warp] + 32);
    EXPECT_EQ(last - first, 63u) << "warp " << warp << " was not interrupted";
  }
}

__global__ void block_reductions(const int* x, int* y) {
  const int value = x[threadIdx.x];
  y[threadIdx.x] = __syncthreads_count(value) * 4 + __syncthreads_and(value) * 2 + __syncthreads_or(value);
}

TEST(Executor, BarriersReduce) {
  for (const simt::Order order : simt::orders)
    for (const int zeros : {0, 1, 64}) {
      std::vector<int> values(64, 7);
      std::fill_n(values.begin(), zeros, 0);
      const Memory<int> x(values), y(std::vector<int>(64));
      simt::Stream stream{{.order = order}};
      gpu::launch({1, 64, 0, &stream}, block_reductions, x.data, y.data);
      EXPECT_EQ(y.host(), std::vector<int>(64, (64 - zeros) * 4 + (zeros == 0 ? 2 : 0) + (zeros < 64 ? 1 : 0)));
      EXPECT_EQ(stream.barriers, 3u * 64);
    }
}

__global__ void nothing() {}
__global__ void waits_alone() {
  if (threadIdx.x == 0) return;
  __syncthreads();
}
__global__ void two_barriers() {
  if (threadIdx.x % 2 == 0)
    __syncthreads();
  else
    __syncthreads();
}
__global__ void not_in_mask() { __syncwarp(1u << (threadIdx.x + 1) % 32); }
__global__ void takes(unsigned bytes) {
  gpu::Dynamic memory;
  memory.take<char>(bytes)[0] = 0;
}
__global__ void takes_other_pieces() {
  gpu::Dynamic memory;
  memory.take<char>(threadIdx.x == 3 ? 8 : 16);
}
__global__ void writes_behind() {
  struct Four {
    char at[4];
  };
  volatile char* const at = gpu::shared<Four>().at;
  at[7] = 1;
}

TEST(Executor, Findings) {
  simt::Stream stream;
  using simt::Finding;
  const auto launching = [&](gpu::Shape shape, auto kernel, auto... arguments) {
    return [=, &stream] {
      gpu::Shape on = shape;
      on.stream = &stream;
      gpu::launch(on, kernel, arguments...);
    };
  };
  EXPECT_NE(found(Finding::launch, [] { gpu::launch({1, 32}, nothing); }).find("no stream"), std::string::npos);
  EXPECT_NE(found(Finding::launch, launching({1, 1025}, nothing)).find("1025 threads"), std::string::npos);
  EXPECT_NE(found(Finding::launch, launching({1, 0}, nothing)).find("0 threads"), std::string::npos);
  EXPECT_NE(found(Finding::launch, launching({1, 32, 228 << 10}, nothing)).find("at most 232448"), std::string::npos);
  EXPECT_EQ(found(Finding::launch, launching({1, 32, 227 << 10}, takes, 227u << 10)), "");
  EXPECT_NE(found(Finding::launch, launching({1, 32, 100}, takes, 101u)).find("takes 101 bytes"), std::string::npos);
  EXPECT_NE(found(Finding::launch, launching({1, 32, 100}, takes_other_pieces)).find("another thread took"), std::string::npos);
  const std::string alone = found(Finding::divergence, launching({2, 64}, waits_alone));
  EXPECT_NE(alone.find("waits_alone, block (0,0,0)"), std::string::npos) << alone;
  EXPECT_NE(alone.find("tests/simt/executor_test.cpp:"), std::string::npos) << alone;
  EXPECT_NE(found(Finding::divergence, launching({1, 64}, two_barriers)).find("another barrier"), std::string::npos);
  EXPECT_NE(found(Finding::collective, launching({1, 32}, not_in_mask)).find("not in its mask"), std::string::npos);
#ifdef __SANITIZE_ADDRESS__
  EXPECT_DEATH(launching({1, 1}, writes_behind)(), "use-after-poison") << "the sanitizer is told of red zones";
#else
  EXPECT_NE(found(Finding::outside, launching({1, 1}, writes_behind)).find("past the end"), std::string::npos);
#endif
  EXPECT_EQ(found(Finding::launch, launching({1, 32}, nothing)), "") << "a launch after an error works";
  EXPECT_EQ(places({}, 1, 32).back(), 31u);
}

__global__ void cross_wait() {
  if (threadIdx.x < 16)
    __syncthreads();
  else
    __syncwarp();
}

TEST(Executor, ADeadlockNamesWhoWaitsWhere) {
  simt::Stream stream;
  const std::string text = found(simt::Finding::deadlock, [&] { gpu::launch({1, 32, 0, &stream}, cross_wait); });
  EXPECT_NE(text.find("thread (0,0,0) waits in a barrier"), std::string::npos) << text;
  EXPECT_NE(text.find("thread (16,0,0) waits in __syncwarp"), std::string::npos) << text;
}

__global__ void throws() {
  __syncthreads();
  if (threadIdx.x == 5) throw 5;
  __syncthreads();
}

TEST(Executor, WhatAKernelThrowsComesOut) {
  simt::Stream stream;
  EXPECT_THROW(gpu::launch({3, 32, 0, &stream}, throws), int);
  EXPECT_EQ(places({}, 1, 32).back(), 31u);
}

__global__ void first_word(unsigned* y) {
  struct Word {
    unsigned bits;
  };
  *y = gpu::shared<Word>().bits;
}

TEST(Executor, SharedMemoryStartsPoisoned) {
  const Memory<unsigned> y({1});
  const auto word = [&](simt::Options options) {
    simt::Stream stream{options};
    gpu::launch({1, 1, 0, &stream}, first_word, y.data);
    return y.host()[0];
  };
  EXPECT_EQ(word({.seed = 0}), 0xffffffffu);
  EXPECT_EQ(word({.seed = 1}), 0x5a5a5a5au);
  EXPECT_EQ(word({.seed = 1, .poison = false}), 0u);
}

TEST(DeviceMemory, TheHostsMisuseIsFound) {
  const Memory<int> x({1, 2, 3, 4});
  int host[8] = {};
  using simt::Finding;
  EXPECT_NE(found(Finding::memory, [&] { simt::upload(x.data, host, 17); }).find("17 bytes where the allocation has 16"),
            std::string::npos);
  EXPECT_NE(found(Finding::memory, [&] { simt::fill(x.data + 2, 0, 16); }).find("has 8 left"), std::string::npos);
  EXPECT_NE(found(Finding::memory, [&] { simt::download(host, host + 4, 4); }).find("no device memory"), std::string::npos);
  EXPECT_NE(found(Finding::memory, [&] { simt::release(x.data + 1); }).find("did not return"), std::string::npos);
  EXPECT_EQ(x.host(), (std::vector<int>{1, 2, 3, 4}));
}

TEST(DeviceMemory, WhatNobodyTouchesCostsNothing) {
  void* const memory = simt::allocate(std::size_t{12} << 30, 4096);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 256, 0u);
  EXPECT_EQ(simt::live_bytes(memory), std::size_t{12} << 30);
  EXPECT_EQ(simt::live_bytes(static_cast<char*>(memory) - 1), 0u);
  simt::fill(static_cast<char*>(memory) + (std::size_t{11} << 30), 1, 10);
  simt::release(memory);
  EXPECT_EQ(simt::live_bytes(memory), 0u);
}

} // namespace
} // namespace assay
