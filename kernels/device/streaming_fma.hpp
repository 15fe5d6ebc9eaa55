// Products of streaming.hpp in fp32 on the CUDA cores: 4 rows x 4 keys, then 4 rows x width / 8 columns in the registers of a lane, all
// operands by 16-byte loads from shared memory without bank conflicts. Eight loads serve 64 fma of the scores, twelve 128 of the sums.
#pragma once

#include "kernels/device/streaming.hpp"

namespace assay::gpu {
inline namespace ASSAY_BACKEND {

template <int width_, int warps> struct FmaProducts {
  using Element = float;
  using Layout = Octets;
  static constexpr bool keeps_queries = true;
  static constexpr int width = width_, rows = 16 * warps, threads = 32 * warps, keys = 32;
  static constexpr float unit = 1;
  static constexpr int blocks = width <= 64 ? 3 : 2; // of a multiprocessor
  static constexpr int pitch = width + 4;            // four rows, or eight, at a column are in different banks
  static constexpr int weights_pitch = keys + 8;     // so are eight columns of four rows
  struct Scratch {
    float weights[rows * weights_pitch];
  };

  const float* query = nullptr; // of the warp

  __device__ void take_queries(const float* at) { query = at; }

  __device__ void scores(float (&to)[16], const float* key) const {
    const int lane = static_cast<int>(threadIdx.x % warp);
    const float *const q = query + Octets::row(lane, 0) * pitch, *const k = key + Octets::column(lane) * pitch;
    for (float& one : to) one = 0;
#pragma unroll 4
    for (int l = 0; l < width; l += 4) {
      float4 x[4], y[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        x[i] = *reinterpret_cast<const float4*>(q + 4 * i * pitch + l);
        y[i] = *reinterpret_cast<const float4*>(k + 8 * i * pitch + l);
      }
#pragma unroll
      for (int c = 0; c < 4; ++c)
#pragma unroll
        for (int r = 0; r < 4; ++r) {
          float& dot = to[Octets::index(r, c)];
          dot = fmaf(x[r].x, y[c].x, dot);
          dot = fmaf(x[r].y, y[c].y, dot);
          dot = fmaf(x[r].z, y[c].z, dot);
          dot = fmaf(x[r].w, y[c].w, dot);
        }
    }
  }

  // Weights of a row are in eight lanes, and all of them are asked for: through shared memory, within the warp.
  __device__ void accumulate(float (&sums)[width / 2], const float (&weights)[16], const float* value, Scratch& scratch) const {
    const int lane = static_cast<int>(threadIdx.x % warp);
    float* const own = scratch.weights + (threadIdx.x / warp * 16 + static_cast<unsigned>(Octets::row(lane, 0))) * weights_pitch;
    __syncwarp(); // the weights of the last tile have been read
#pragma unroll
    for (int r = 0; r < 4; ++r)
#pragma unroll
      for (int c = 0; c < 4; ++c) own[4 * r * weights_pitch + Octets::column(lane) + Octets::step(c)] = weights[Octets::index(r, c)];
    __syncwarp();
#pragma unroll 2
    for (int j = 0; j < keys; j += 4) {
      float4 p[4];
#pragma unroll
      for (int r = 0; r < 4; ++r) p[r] = *reinterpret_cast<const float4*>(own + 4 * r * weights_pitch + j);
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int c = 0; c < width / 8; c += 4) {
          const float4 v = *reinterpret_cast<const float4*>(value + (j + i) * pitch + Octets::value(lane, c));
#pragma unroll
          for (int r = 0; r < 4; ++r) {
            const float w = i == 0 ? p[r].x : i == 1 ? p[r].y : i == 2 ? p[r].z : p[r].w;
            sums[Octets::index(r, c)] = fmaf(w, v.x, sums[Octets::index(r, c)]);
            sums[Octets::index(r, c + 1)] = fmaf(w, v.y, sums[Octets::index(r, c + 1)]);
            sums[Octets::index(r, c + 2)] = fmaf(w, v.z, sums[Octets::index(r, c + 2)]);
            sums[Octets::index(r, c + 3)] = fmaf(w, v.w, sums[Octets::index(r, c + 3)]);
          }
        }
    }
  }
};

} // namespace ASSAY_BACKEND
} // namespace assay::gpu
