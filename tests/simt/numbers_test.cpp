// Powers of two and logarithms within their documented error, and numbers of 16 bits, against values written out here.
#include "kernels/device/numbers.hpp"

#include "kernels/device/logarithm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/simt/memory.hpp"
#include "tests/simt/ways.hpp"

namespace assay {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

__global__ void powers(const float* x, float* y, int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += 32) y[i] = gpu::exp2_approximate(x[i]);
}

TEST(Numbers, PowersOfTwo) {
  std::vector<float> x = {0, -0.0f, 0x1p-130f, -0x1p-130f};
  const std::size_t nothing = x.size();
  x.insert(x.end(), {1, -1, 15, -125.5f, -126, 127.5f, 0x1p-30f});
  for (int i = 0; i < 300; ++i) x.push_back(static_cast<float>(i * 0.731 - 110));
  const std::size_t small = x.size();
  for (const float each : {-127.0f, -140.0f, -151.0f, -1000.0f, -inf}) x.push_back(each); // too small for a normal number
  x.insert(x.end(), {inf, 129, nan});
  const Memory<float> from(x);
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<float> to((std::vector<float>(x.size())));
    gpu::launch({1, 32, 0, stream}, powers, from.data, to.data, static_cast<int>(x.size()));
    const std::vector<float> y = to.host();
    for (std::size_t i = 0; i < nothing; ++i) EXPECT_EQ(y[i], 1) << way << " " << x[i];
    for (std::size_t i = nothing; i < small; ++i) {
      const double want = std::exp2(static_cast<double>(x[i]));
      if (want * (1 - 0x1p-22) < 0x1p-126) continue; // zero would be right, too
      EXPECT_LE(std::fabs(y[i] - want), 0x1p-22 * want) << way << " " << x[i];
    }
    for (std::size_t i = small; i < small + 5; ++i) EXPECT_EQ(y[i], 0) << way << " " << x[i];
    EXPECT_EQ(y[small + 5], inf) << way;
    EXPECT_EQ(y[small + 6], inf) << way;
    EXPECT_TRUE(std::isnan(y[small + 7])) << way;
  });
}

__global__ void logarithms(const float* x, float* y, int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += 32) y[i] = gpu::log2_approximate(x[i]);
}

TEST(Numbers, Logarithms) {
  std::vector<float> x = {0.5f, 1, 2, 0x1p-126f, 0x1.fffffep127f};
  for (int i = 1; i < 300; ++i) x.push_back(static_cast<float>(i) / 100); // to 2.99
  for (int i = 0; i < 300; ++i) x.push_back(std::exp2(static_cast<float>(i) * 0.731f - 110));
  const std::size_t known = x.size();
  x.insert(x.end(), {0, -0.0f, 0x1p-130f, inf, -1, nan});
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<float> from(x), to((std::vector<float>(x.size())));
    gpu::launch({1, 32, 0, stream}, logarithms, from.data, to.data, static_cast<int>(x.size()));
    const std::vector<float> y = to.host();
    for (std::size_t i = 0; i < known; ++i) {
      const double want = std::log2(static_cast<double>(x[i]));
      EXPECT_LE(std::fabs(y[i] - want), x[i] > 0.5f && x[i] < 2 ? 0x1p-22 : 0x1p-22 * std::fabs(want)) << way << " " << x[i];
    }
    for (std::size_t i = known; i < known + 3; ++i) EXPECT_EQ(y[i], -inf) << way << " " << x[i];
    EXPECT_EQ(y[known + 3], inf) << way;
    EXPECT_TRUE(std::isnan(y[known + 4])) << way;
    EXPECT_TRUE(std::isnan(y[known + 5])) << way;
  });
}

struct Halves {
  unsigned pair;
  std::uint16_t one;
  float wide;
};
template <class T> __global__ void halves(const float* x, Halves* out, int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += 32) {
    const T one = gpu::narrowed<T>(x[i]);
    out[i] = {gpu::packed<T>(x[i], 1), one.bits, gpu::widened(one)};
  }
}

struct Expected {
  float x;
  unsigned bits;
  float wide;
};
template <class T> void check_halves(const std::vector<Expected>& list, unsigned one) {
  std::vector<float> x;
  for (const Expected& each : list) x.push_back(each.x);
  const Memory<float> from(x);
  in_every_way([&](void* stream, const std::string& way) {
    const Memory<Halves> out((std::vector<Halves>(x.size())));
    gpu::launch({1, 32, 0, stream}, halves<T>, from.data, out.data, static_cast<int>(x.size()));
    const std::vector<Halves> got = out.host();
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(got[i].one, list[i].bits) << way << " " << x[i];
      EXPECT_EQ(got[i].pair, list[i].bits | one << 16) << way << " " << x[i];
      EXPECT_EQ(got[i].wide, list[i].wide) << way << " " << x[i];
    }
  });
}

TEST(Numbers, SixteenBits) {
  check_halves<Bf16>({{1, 0x3f80, 1},
                      {-2.5f, 0xc020, -2.5f},
                      {1 + 0x1p-8f, 0x3f80, 1},                      // a tie goes to the even one
                      {1 + 0x1p-8f + 0x1p-20f, 0x3f81, 1 + 0x1p-7f}, // just above it
                      {1 + 0x3p-8f, 0x3f82, 1 + 0x1p-6f},
                      {inf, 0x7f80, inf},
                      {0x1.ffp127f, 0x7f80, inf}},
                     0x3f80);
  check_halves<Fp16>({{1, 0x3c00, 1},
                      {-2.5f, 0xc100, -2.5f},
                      {1 + 0x1p-11f, 0x3c00, 1},
                      {1 + 0x3p-11f, 0x3c02, 1 + 0x1p-9f},
                      {65504, 0x7bff, 65504},
                      {65520, 0x7c00, inf},
                      {0x1p-24f, 0x0001, 0x1p-24f}, // the smallest
                      {0x1p-25f, 0x0000, 0}},
                     0x3c00);
}

} // namespace
} // namespace assay
