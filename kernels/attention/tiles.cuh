// Rows of queries, keys and values into shared memory, by copies that do not pass through registers where rows are multiples of 16 bytes.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/device/gpu.hpp"

namespace assay {
namespace {

// All `threads` threads bring `rows` rows of `width` elements, `padded` of them in shared memory, `pitch` apart. row(r): the place of row r
// after `base`, or -1 for one that is not there; it becomes zeros, and so does what is beyond `width`. Asynchronous: the caller commits.
// 16 pitch: a multiple of 16 bytes; so are the distances of rows, if `width` is one.
template <int rows, int padded, int pitch, int threads, class T, class Row>
__device__ void bring(T* to, const T* base, int width, Row row) {
  constexpr int piece = 16 / static_cast<int>(sizeof(T)), pieces = padded / piece;
  static_assert(padded % piece == 0 && pitch % piece == 0 && pitch >= padded);
  if (width % piece == 0) {
    for (int i = static_cast<int>(threadIdx.x); i < rows * pieces; i += threads) {
      const int r = i / pieces, column = i % pieces * piece;
      const std::int64_t at = row(r);
      const bool inside = at >= 0 && column < width;
      gpu::copy_async<16>(to + r * pitch + column, inside ? base + at + column : base, inside ? 16 : 0);
    }
  } else {
    for (int i = static_cast<int>(threadIdx.x); i < rows * padded; i += threads) {
      const int r = i / padded, column = i % padded;
      const std::int64_t at = row(r);
      to[r * pitch + column] = at >= 0 && column < width ? base[at + column] : T{};
    }
  }
}

} // namespace
} // namespace assay
