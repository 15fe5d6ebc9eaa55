// Stored numbers in and out of Highway vectors of floats, for one instruction set at a time; included once for each.
#if defined(ASSAY_STORAGE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_STORAGE_INL_H
#undef ASSAY_STORAGE_INL_H
#else
#define ASSAY_STORAGE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/numbers.hpp"
#include "reference/storage.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Instruction sets with vectors of 8 floats convert fp16; what Highway puts in their place elsewhere cuts off and knows no infinities.
template <class Tag> constexpr bool converts_half = HWY_MAX_BYTES >= 32;

template <class Tag> HWY_INLINE hn::Vec<Tag> load(Tag d, const float* from) { return hn::LoadU(d, from); }
template <class Tag> HWY_INLINE hn::Vec<Tag> load(Tag d, const Bf16* from) {
  const hn::Rebind<std::uint32_t, Tag> d32;
  const hn::Rebind<std::uint16_t, Tag> d16;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, &from->bits))));
}
template <class Tag> HWY_INLINE hn::Vec<Tag> load(Tag d, const Fp16* from) {
  if constexpr (converts_half<Tag>) {
    const hn::Rebind<std::uint16_t, Tag> d16;
    const hn::Rebind<hwy::float16_t, Tag> half;
    return hn::PromoteTo(d, hn::BitCast(half, hn::LoadU(d16, &from->bits)));
  } else {
    float wide[hn::MaxLanes(d)];
    for (std::size_t i = 0; i < hn::MaxLanes(d); ++i) wide[i] = to_float(from[i]);
    return hn::LoadU(d, wide);
  }
}
// The first `count` numbers, then zeros.
template <class Tag, class T> HWY_INLINE hn::Vec<Tag> load_some(Tag d, const T* from, std::size_t count) {
  T some[hn::MaxLanes(Tag())] = {};
  std::copy(from, from + count, some);
  return load(d, some);
}

// Stores, and returns what was stored.
template <class Tag> HWY_INLINE hn::Vec<Tag> store(hn::Vec<Tag> x, Tag d, float* to) {
  hn::StoreU(x, d, to);
  return x;
}
// Round to nearest, ties to even; see from_float in numbers.hpp.
template <class Tag> HWY_INLINE hn::Vec<Tag> store(hn::Vec<Tag> x, Tag d, Bf16* to) {
  const hn::Rebind<std::uint32_t, Tag> d32;
  const hn::Rebind<std::int32_t, Tag> i32;
  const hn::Rebind<std::uint16_t, Tag> d16;
  const auto bits = hn::BitCast(d32, x);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1));
  const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7fff))));
  const auto top = hn::IfThenElse(hn::RebindMask(d32, hn::IsNaN(x)), hn::Set(d32, 0x7fc0), rounded);
  hn::StoreU(hn::DemoteTo(d16, hn::BitCast(i32, top)), d16, &to->bits);
  return hn::BitCast(d, hn::ShiftLeft<16>(top));
}
template <class Tag> HWY_INLINE hn::Vec<Tag> store(hn::Vec<Tag> x, Tag d, Fp16* to) {
  if constexpr (converts_half<Tag>) {
    const hn::Rebind<std::uint16_t, Tag> d16;
    const hn::Rebind<hwy::float16_t, Tag> half;
    hn::StoreU(hn::BitCast(d16, hn::DemoteTo(half, x)), d16, &to->bits);
  } else {
    float wide[hn::MaxLanes(d)];
    hn::StoreU(x, d, wide);
    for (std::size_t i = 0; i < hn::MaxLanes(d); ++i) to[i] = from_float<Fp16>(wide[i]);
  }
  return load(d, to);
}
template <class Tag, class T> HWY_INLINE void store_some(hn::Vec<Tag> x, Tag d, T* to, std::size_t count) {
  T some[hn::MaxLanes(Tag())];
  store(x, d, some);
  std::copy(some, some + count, to);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace assay
HWY_AFTER_NAMESPACE();

#endif // include guard that admits one inclusion for each instruction set
