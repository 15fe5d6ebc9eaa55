// What variants share that Highway compiles once for each instruction set and picks when the program runs.
#pragma once

#include <tuple>

#include "kernels/variant.hpp"

// Left out: what has no FMA, or no arrays of vectors, or adds to AVX3 nothing that is used here.
// ASSAY_LEFT_OUT: what a sanitised build, which is run where it is built, could never choose.
#ifndef ASSAY_LEFT_OUT
#define ASSAY_LEFT_OUT 0
#endif
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | ASSAY_LEFT_OUT)

namespace assay {

template <class Op, class... T> using Run = decltype(Variant<Op, T...>::run);

// A table of instruction sets holds functions and no templates. So each instruction set has one function `All` that returns the kernels
// for all lists of types, as a tuple of Run<Op, T...>; this is the `run` of one list, for HWY_EXPORT(All).
#define ASSAY_DISPATCH(All, ...)                                                                                                           \
  [](const auto& p, const auto& a, const ::assay::Launch& launch) {                                                                        \
    std::get<::assay::Run<__VA_ARGS__>>(HWY_DYNAMIC_DISPATCH(All)())(p, a, launch);                                                        \
  }

} // namespace assay
