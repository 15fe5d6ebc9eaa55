// Rows of queries, keys and values into shared memory, by copies that do not pass through registers where rows are multiples of 16 bytes.
#pragma once

#include "kernels/device/copy.hpp"
#include "kernels/device/gpu.hpp"

namespace assay {
namespace {

// Threads 0 ... threads - 1 bring `rows` rows of `width` elements, `padded` of them in shared memory. row(r): the place of row r after
// `base`, or -1 for one that is not there; it becomes zeros, and so does what is beyond `width`. place(r, column): where 16 bytes of a row
// go, for columns that are multiples of them. Asynchronous: the caller commits.
template <int rows, int padded, int threads, class T, class Row, class Place>
__device__ void bring_to(T* to, const T* base, int width, Row row, Place place) {
  constexpr int piece = 16 / static_cast<int>(sizeof(T)), pieces = padded / piece;
  static_assert(padded % piece == 0);
  if (width % piece == 0) {
    for (int i = static_cast<int>(threadIdx.x); i < rows * pieces; i += threads) {
      const int r = i / pieces, column = i % pieces * piece;
      const std::int64_t at = row(r);
      const bool inside = at >= 0 && column < width;
      gpu::copy_async<16>(to + place(r, column), inside ? base + at + column : base, inside ? 16 : 0);
    }
  } else {
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < rows * padded; i += threads) {
      const int r = i / padded, column = i % padded;
      const std::int64_t at = row(r);
      to[place(r, column / piece * piece) + column % piece] = at >= 0 && column < width ? base[at + column] : T{};
    }
  }
}

// Rows `pitch` apart. 16 bytes divide `pitch`.
template <int rows, int padded, int pitch, int threads, class T, class Row>
__device__ void bring(T* to, const T* base, int width, Row row) {
  static_assert(pitch * sizeof(T) % 16 == 0 && pitch >= padded);
  bring_to<rows, padded, threads>(to, base, width, row, [](int r, int column) { return r * pitch + column; });
}

} // namespace
} // namespace assay
