// CUDA's names for a host compiler: what NVIDIA's headers leave undeclared outside of nvcc. Meanings, and the errors of the approximate
// functions, are those of the CUDA C++ Programming Guide: "Warp Shuffle Functions", "Atomic Functions", "Intrinsic Functions".
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/simt/access.hpp"
#include "kernels/simt/thread.hpp"

#define threadIdx (::assay::simt::thread_index())
#define blockIdx (::assay::simt::block_index())
#define blockDim (::assay::simt::block_shape())
#define gridDim (::assay::simt::grid_shape())
#define warpSize 32
#undef __launch_bounds__
#define __launch_bounds__(...)

inline namespace ASSAY_BACKEND { // instrumented and plain kernels of one program have functions of their own

// --- barriers and fences ------------------------------------------------------------------------------------------------------

inline void __syncthreads(assay::simt::Site site = assay::simt::here()) { assay::simt::barrier(site); }
inline int __syncthreads_count(int value, assay::simt::Site site = assay::simt::here()) {
  return assay::simt::barrier(site, value != 0).count;
}
inline int __syncthreads_and(int value, assay::simt::Site site = assay::simt::here()) { return assay::simt::barrier(site, value != 0).all; }
inline int __syncthreads_or(int value, assay::simt::Site site = assay::simt::here()) { return assay::simt::barrier(site, value != 0).any; }
inline void __syncwarp(unsigned mask = 0xffffffffu, assay::simt::Site site = assay::simt::here()) {
  assay::simt::synchronise_warp(mask, site);
}
inline void __threadfence() { assay::simt::access::fence(); }
inline void __threadfence_block() {} // orders within the block, where barriers and __syncwarp are asked for all the same

// --- shuffles, votes, reductions over a warp ----------------------------------------------------------------------------------

template <class T>
concept Shuffled = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, long> || std::same_as<T, unsigned long> ||
    std::same_as<T, long long> || std::same_as<T, unsigned long long> || std::same_as<T, float> || std::same_as<T, double> ||
    std::same_as<T, __half> || std::same_as<T, __nv_bfloat16> || std::same_as<T, __half2> || std::same_as<T, __nv_bfloat162>;

template <Shuffled T> T assay_shuffle(unsigned mask, T value, unsigned source, const char* what, assay::simt::Site site) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = assay::simt::shuffle(mask, site, what, bits, source);
  std::memcpy(static_cast<void*>(&value), &bits, sizeof value);
  return value;
}

template <Shuffled T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize, assay::simt::Site site = assay::simt::here()) {
  const unsigned w = static_cast<unsigned>(width), start = assay::simt::lane() & ~(w - 1);
  return assay_shuffle(mask, value, start + (static_cast<unsigned>(source) & (w - 1)), "__shfl_sync", site);
}
template <Shuffled T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, assay::simt::Site site = assay::simt::here()) {
  const unsigned lane = assay::simt::lane(), place = lane & (static_cast<unsigned>(width) - 1);
  return assay_shuffle(mask, value, delta > place ? lane : lane - delta, "__shfl_up_sync", site);
}
template <Shuffled T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, assay::simt::Site site = assay::simt::here()) {
  const unsigned w = static_cast<unsigned>(width), lane = assay::simt::lane(), place = lane & (w - 1);
  return assay_shuffle(mask, value, delta >= w - place ? lane : lane + delta, "__shfl_down_sync", site);
}
// Lanes of earlier sections can be read, those of later ones not.
template <Shuffled T>
T __shfl_xor_sync(unsigned mask, T value, int change, int width = warpSize, assay::simt::Site site = assay::simt::here()) {
  const unsigned w = static_cast<unsigned>(width), lane = assay::simt::lane(), source = lane ^ static_cast<unsigned>(change);
  return assay_shuffle(mask, value, source > (lane | (w - 1)) ? lane : source, "__shfl_xor_sync", site);
}

inline unsigned assay_ballot(unsigned mask, bool value, const char* what, assay::simt::Site site) {
  const auto all = assay::simt::gather(mask, site, what, value ? 1 : 0);
  unsigned votes = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) votes |= static_cast<unsigned>(all[lane]) << lane;
  return votes;
}
inline unsigned __ballot_sync(unsigned mask, int value, assay::simt::Site site = assay::simt::here()) {
  return assay_ballot(mask, value != 0, "__ballot_sync", site);
}
inline int __any_sync(unsigned mask, int value, assay::simt::Site site = assay::simt::here()) {
  return assay_ballot(mask, value != 0, "__any_sync", site) != 0;
}
inline int __all_sync(unsigned mask, int value, assay::simt::Site site = assay::simt::here()) {
  return assay_ballot(mask, value != 0, "__all_sync", site) == mask;
}
template <Shuffled T> unsigned __match_any_sync(unsigned mask, T value, assay::simt::Site site = assay::simt::here()) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  const auto all = assay::simt::gather(mask, site, "__match_any_sync", bits);
  unsigned same = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if ((mask >> lane & 1) != 0 && all[lane] == bits) same |= 1u << lane;
  return same;
}

template <class T, class F> T assay_reduce(unsigned mask, T value, const char* what, assay::simt::Site site, F fold) {
  const auto all = assay::simt::gather(mask, site, what, static_cast<std::uint32_t>(value));
  T result = value;
  bool first = true;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    const T one = static_cast<T>(static_cast<std::uint32_t>(all[lane]));
    result = first ? one : fold(result, one);
    first = false;
  }
  return result;
}
template <class T>
concept Word = std::same_as<T, int> || std::same_as<T, unsigned>;
template <Word T> T __reduce_add_sync(unsigned mask, T value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_add_sync", site, [](T a, T b) { // wraps around
    return static_cast<T>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
  });
}
template <Word T> T __reduce_min_sync(unsigned mask, T value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_min_sync", site, [](T a, T b) { return a < b ? a : b; });
}
template <Word T> T __reduce_max_sync(unsigned mask, T value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_max_sync", site, [](T a, T b) { return a > b ? a : b; });
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_and_sync", site, [](unsigned a, unsigned b) { return a & b; });
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_or_sync", site, [](unsigned a, unsigned b) { return a | b; });
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value, assay::simt::Site site = assay::simt::here()) {
  return assay_reduce(mask, value, "__reduce_xor_sync", site, [](unsigned a, unsigned b) { return a ^ b; });
}

// --- atomics -----------------------------------------------------------------------------------------------------------------

// Not instrumented by the access checker's hooks, which would take it for a plain load and store.
template <class T, class F> [[gnu::noinline, gnu::no_sanitize("thread")]] T assay_atomic(T* at, assay::simt::Site site, F changed) {
  assay::simt::access::atomic(at, sizeof(T), site);
  const T old = *at;
  *at = changed(old);
  return old;
}
template <class T>
concept Whole = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, unsigned long long>;
template <class T>
concept Added = Whole<T> || std::same_as<T, float> || std::same_as<T, double>;
template <class T> using Given = std::type_identity_t<T>; // converts, as in CUDA's overloads

template <Added T> T __attribute__((no_sanitize("signed-integer-overflow"))) assay_sum(T a, T b) { return a + b; }
template <Added T> T atomicAdd(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return assay_sum(old, value); });
}
template <Word T> T atomicSub(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return static_cast<T>(static_cast<unsigned>(old) - static_cast<unsigned>(value)); });
}
template <Whole T> T atomicMax(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old > value ? old : value; });
}
template <Whole T> T atomicMin(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old < value ? old : value; });
}
template <Whole T> T atomicAnd(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old & value; });
}
template <Whole T> T atomicOr(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old | value; });
}
template <Whole T> T atomicXor(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old ^ value; });
}
template <class T>
requires Whole<T> || std::same_as<T, float> T atomicExch(T* at, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T) { return value; });
}
template <Whole T> T atomicCAS(T* at, Given<T> expected, Given<T> value, assay::simt::Site site = assay::simt::here()) {
  return assay_atomic(at, site, [=](T old) { return old == expected ? value : old; });
}

// --- loads and stores with cache hints: plain ones, which the sanitizers and the access checker see -----------------------------

template <class T>
concept Loaded = std::is_trivially_copyable_v<T> && sizeof(T) <= 16;
template <Loaded T> T __ldg(const T* from) { return *from; }
template <Loaded T> T __ldcg(const T* from) { return *from; }
template <Loaded T> T __ldca(const T* from) { return *from; }
template <Loaded T> T __ldcs(const T* from) { return *from; }
template <Loaded T> void __stcg(T* to, Given<T> value) { *to = value; }
template <Loaded T> void __stcs(T* to, Given<T> value) { *to = value; }

// --- bits --------------------------------------------------------------------------------------------------------------------

inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline unsigned __brev(unsigned x) {
  unsigned y = 0;
  for (int k = 0; k < 32; ++k) y |= (x >> k & 1) << (31 - k);
  return y;
}

using std::isfinite, std::isinf, std::isnan, std::signbit;

// --- arithmetic --------------------------------------------------------------------------------------------------------------

template <class T>
concept Compared = std::integral<T> || std::same_as<T, double>;
template <Compared T> T min(T a, T b) { return b < a ? b : a; }
template <Compared T> T max(T a, T b) { return a < b ? b : a; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }

inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __frcp_rn(float x) { return 1 / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __saturatef(float x) { return x > 0 ? fminf(x, 1) : 0; } // NaN gives 0

// Approximate on a device. ulp is taken as 2^-23 of the value, its most.
inline constexpr float assay_ulp = 0x1p-23f;
inline float rsqrtf(float x) { return assay::simt::perturbed(1 / sqrtf(x), 2 * assay_ulp); }
inline float __expf(float x) { return assay::simt::perturbed(expf(x), (2 + floorf(fabsf(1.173f * x))) * assay_ulp); }
inline float __fdividef(float x, float y) { return assay::simt::perturbed(x / y, 2 * assay_ulp); }
inline float __logf(float x) { // absolute error 2^-21.41 on [0.5, 2], 3 ulp elsewhere
  const float y = logf(x);
  return x >= 0.5f && x <= 2 ? y + (assay::simt::perturbed(1, 0x1.816p-22f) - 1) : assay::simt::perturbed(y, 3 * assay_ulp);
}

} // namespace ASSAY_BACKEND
