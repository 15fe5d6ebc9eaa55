// The access checker on small kernels compiled with its hooks; tests/simt_planted has the rest.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/device/gpu.hpp"
#include "tests/simt/found.hpp"

namespace assay {
namespace {

struct Memory {
  explicit Memory(std::size_t bytes, bool written = true) : data(simt::allocate(bytes, 4096)) {
    if (written) simt::fill(data, 0, bytes);
  }
  ~Memory() { simt::release(data); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  void* data;
};

using simt::Finding;

__global__ void bytes_of_neighbours(std::uint8_t* y) { y[blockIdx.x * blockDim.x + threadIdx.x] = static_cast<std::uint8_t>(threadIdx.x); }
__global__ void same_value(int* y) { *y = 1; }
__global__ void plain_and_atomic(unsigned* y) {
  if (threadIdx.x == 0)
    *y = 1;
  else
    atomicAdd(y, 1u);
}
__global__ void atomics(unsigned* y) { atomicAdd(y, 1u); }

TEST(AccessChecker, Races) {
  const Memory y(256);
  EXPECT_EQ(found({4, 64}, Finding::race, bytes_of_neighbours, static_cast<std::uint8_t*>(y.data)), "") << "neighbouring bytes are no race";
  const std::string text = found({1, 2}, Finding::race, same_value, static_cast<int*>(y.data));
  EXPECT_NE(text.find("race: same_value, block (0,0,0), thread (1,0,0), tests/simt/access_checked_test.cpp:"), std::string::npos) << text;
  EXPECT_NE(text.find("which thread (0,0,0) of block (0,0,0) wrote at tests/simt/access_checked_test.cpp:"), std::string::npos) << text;
  EXPECT_NE(found({2, 1}, Finding::race, same_value, static_cast<int*>(y.data)).find("nothing orders the two blocks"), std::string::npos);
  EXPECT_NE(found({1, 2}, Finding::race, plain_and_atomic, static_cast<unsigned*>(y.data)), "");
  EXPECT_EQ(found({4, 32}, Finding::race, atomics, static_cast<unsigned*>(y.data)), "");
}

template <bool fence_before, bool fence_after> __global__ void last_block(int* partials, unsigned* tickets, int* sum) {
  struct Flag {
    bool last;
  };
  Flag& flag = gpu::shared<Flag>();
  partials[blockIdx.x * blockDim.x + threadIdx.x] = 1;
  __syncthreads();
  if (threadIdx.x == 0) {
    if (fence_before) __threadfence();
    flag.last = atomicAdd(tickets, 1u) == gridDim.x - 1;
    if (fence_after) __threadfence();
  }
  __syncthreads();
  if (!flag.last || threadIdx.x != 1) return;
  int all = 0;
  for (unsigned k = 0; k < gridDim.x * blockDim.x; ++k) all += partials[k];
  *sum = all;
}

TEST(AccessChecker, FencesAndAtomicsOrderBlocks) {
  const auto run = [](auto kernel) {
    const Memory partials(1024, false), tickets(4), sum(4, false);
    return found({4, 32}, Finding::race, kernel, static_cast<int*>(partials.data), static_cast<unsigned*>(tickets.data),
                 static_cast<int*>(sum.data));
  };
  EXPECT_EQ(run(last_block<true, true>), "");
  EXPECT_NE(run(last_block<false, true>), "");
  EXPECT_NE(run(last_block<true, false>), "");
}

__global__ void reads(const int* x, int* y) { *y = *x; }
__global__ void reads_shared(int* y) {
  struct Two {
    int first, second;
  };
  Two& two = gpu::shared<Two>();
  two.first = 1;
  *y = two.second;
}

TEST(AccessChecker, NeverWritten) {
  const Memory x(8, false), y(4);
  int* const from = static_cast<int*>(x.data);
  EXPECT_NE(found({1, 1}, Finding::unwritten, reads, from, static_cast<int*>(y.data)), "");
  simt::fill(x.data, 0, 4);
  EXPECT_EQ(found({1, 1}, Finding::unwritten, reads, from, static_cast<int*>(y.data)), "");
  EXPECT_NE(found({1, 1}, Finding::unwritten, reads, from + 1, static_cast<int*>(y.data)), "");
  simt::poison(x.data, 0, 4);
  EXPECT_NE(found({1, 1}, Finding::unwritten, reads, from, static_cast<int*>(y.data)), "") << "poisoned by the host";
  EXPECT_NE(found({1, 1}, Finding::unwritten, reads_shared, static_cast<int*>(y.data)), "");
}

volatile int host_variable;
__global__ void writes_host_variable() { host_variable = 1; }

TEST(AccessChecker, Outside) {
  const Memory x(8), y(4);
  int* const to = static_cast<int*>(y.data);
  int* const from = static_cast<int*>(x.data);
  EXPECT_NE(found({1, 1}, Finding::outside, reads, from + 2, to).find("ended 0 bytes before"), std::string::npos);
  EXPECT_NE(found({1, 1}, Finding::outside, reads, from - 1, to), "");
  const std::vector<int> host(4);
  EXPECT_NE(found({1, 1}, Finding::outside, reads, host.data(), to).find("host's memory"), std::string::npos);
  EXPECT_NE(found({1, 1}, Finding::outside, writes_host_variable), "");
}

__global__ void reads_four(const float4* x, float* y) { *y = x->x; }
__global__ void reads_vector(const float4* x, float4* y) { *y = *x; }

TEST(AccessChecker, Alignment) {
  const Memory x(64), y(64);
  const auto* const at = static_cast<const float*>(x.data);
  EXPECT_EQ(found({1, 1}, Finding::misaligned, reads_vector, reinterpret_cast<const float4*>(at + 4), static_cast<float4*>(y.data)), "");
  EXPECT_NE(found({1, 1}, Finding::misaligned, reads_vector, reinterpret_cast<const float4*>(at + 1), static_cast<float4*>(y.data)), "");
  EXPECT_EQ(found({1, 1}, Finding::misaligned, reads_four, reinterpret_cast<const float4*>(at), static_cast<float*>(y.data)), "");
}

template <bool synchronised> __global__ void through_shared(int* y) {
  struct Lanes {
    int at[32];
  };
  Lanes& lanes = gpu::shared<Lanes>();
  lanes.at[threadIdx.x] = 0;
  __syncwarp();
  lanes.at[threadIdx.x] = 1;
  if constexpr (synchronised) __syncwarp();
  y[threadIdx.x] = lanes.at[31 - threadIdx.x];
}

TEST(AccessChecker, WarpsAreOrderedBySyncwarp) {
  const Memory y(128);
  EXPECT_EQ(found({1, 32}, Finding::race, through_shared<true>, static_cast<int*>(y.data)), "");
  EXPECT_NE(found({1, 32}, Finding::race, through_shared<false>, static_cast<int*>(y.data)), "");
}

// std::vector's functions here are compiled with hooks; the linker may take them for those of the executor.
__global__ void waits_for_the_host(const std::vector<int>* host, int* y) {
  simt::wait_until(simt::here(), "the host", [=] { return host->at(0) == 1; });
  *y = 1;
}
__global__ void looks_at_the_host(const std::vector<int>* host, int* y) { *y = host->at(0); }

TEST(AccessChecker, LooksAwayFromTheExecutorItself) {
  const Memory y(4);
  const std::vector<int> host(1, 1);
  EXPECT_EQ(found({1, 32}, Finding::race, atomics, static_cast<unsigned*>(y.data)), "");
  EXPECT_EQ(found({1, 1}, Finding::outside, waits_for_the_host, &host, static_cast<int*>(y.data)), "");
  EXPECT_NE(found({1, 1}, Finding::outside, looks_at_the_host, &host, static_cast<int*>(y.data)), "");
}

} // namespace
} // namespace assay
