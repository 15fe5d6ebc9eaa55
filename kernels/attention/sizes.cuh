// What kernels of attention know of a problem: sizes, strides of either layout, who sees whom. In an unnamed namespace, as all that kernels
// share.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/device/gpu.hpp"
#include "reference/attention/attention.hpp"

namespace assay {
namespace {

constexpr double log2_e = 1.4426950408889634;

struct Strides { // in elements
  std::int64_t batch, head, position;
  __device__ std::int64_t row(int b, int h, int i) const { return b * batch + h * head + i * position; }
};

inline Strides strides(attention::Layout layout, std::int64_t heads, std::int64_t positions, std::int64_t width) {
  const auto row = [&](int b, int h, int i) { return attention::row_of(layout, b, h, i, heads, positions, width); };
  return {row(1, 0, 0), row(0, 1, 0), row(0, 0, 1)};
}

struct Sizes {
  int batch, heads, kv_heads, queries, keys, dim, value_dim;
  int group;    // query heads of a key/value head
  int window;   // no wider than the keys, so that sums with it do not overflow
  int offset;   // position of query 0, below zero where there are more queries than keys
  double scale; // c
  Strides q, k, v, o;

  // `length` keys are there; queries past the last one see nothing, so that tiles may be ragged.
  __device__ bool sees(int query, int key, int length) const {
    const int position = query + offset;
    return query < queries && key <= position && key > position - window && key < length;
  }
  __device__ int first_key(int query) const { return max(0, query + offset - window + 1); }
  __device__ int past_key(int query, int length) const { return min(query + offset + 1, length); }
  // Queries that see at least one of keys first ... last < length, if any does: first_query(first) ... past_query(last) - 1.
  __device__ int first_query(int first) const { return max(0, first - offset); }
  __device__ int past_query(int last) const { return min(queries, last + window - offset); }
};

inline Sizes sizes(const attention::Problem& p) {
  return {.batch = p.batch,
          .heads = p.heads,
          .kv_heads = p.kv_heads,
          .queries = p.queries,
          .keys = p.keys,
          .dim = p.dim,
          .value_dim = p.value_dim,
          .group = p.heads / p.kv_heads,
          .window = attention::distances_of(p),
          .offset = p.keys - p.queries,
          .scale = p.scale == 0 ? 1 / std::sqrt(static_cast<double>(p.dim)) : p.scale,
          .q = strides(p.layout, p.heads, p.queries, p.dim),
          .k = strides(p.layout, p.kv_heads, p.keys, p.dim),
          .v = strides(p.layout, p.kv_heads, p.keys, p.value_dim),
          .o = strides(p.layout, p.heads, p.queries, p.value_dim)};
}

inline unsigned blocks(std::int64_t items, std::int64_t each) { return static_cast<unsigned>((items + each - 1) / each); }

// Storage types, as kernels and as ops see them.
template <class T> struct OnDevice { using type = T; };
template <> struct OnDevice<Bf16> { using type = __nv_bfloat16; };
template <> struct OnDevice<Fp16> { using type = __half; };
template <class T> const typename OnDevice<T>::type* on_device(const T* at) {
  return reinterpret_cast<const typename OnDevice<T>::type*>(at);
}
template <class T> typename OnDevice<T>::type* on_device(T* at) { return reinterpret_cast<typename OnDevice<T>::type*>(at); }

__device__ inline float widened(float x) { return x; }
__device__ inline float widened(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ inline float widened(__half x) { return __half2float(x); }
template <class T> __device__ T narrowed(float x);
template <> __device__ inline float narrowed<float>(float x) { return x; }
template <> __device__ inline __nv_bfloat16 narrowed<__nv_bfloat16>(float x) { return __float2bfloat16_rn(x); }
template <> __device__ inline __half narrowed<__half>(float x) { return __float2half_rn(x); }

} // namespace
} // namespace assay
