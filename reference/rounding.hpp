// Units of error analyses that several families of ops share; growth(k) of op.hpp is the length of a chain of k roundings.
#pragma once

#include "reference/op.hpp"

namespace assay {

inline double gamma(double k, double u) { return k * u / (1 - k * u); }

// What a result may lose where it is too small for its format, told by the format's unit: half of fp16's smallest subnormal; in the other
// formats everything below the normal numbers, since their subnormals may be flushed.
inline double lost_below(double unit) { return unit == numerics::u16 ? 0x1p-25 : unit == numerics::u64 ? 0x1p-1022 : 0x1p-126; }

// Bytes of a number of the format with this unit.
inline double bytes_of(double unit) { return unit == numerics::u64 ? 8 : unit == numerics::u32 ? 4 : 2; }

} // namespace assay
