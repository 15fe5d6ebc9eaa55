#include "kernels/simt/matrix.hpp"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "kernels/simt/access.hpp"

namespace assay::simt {
namespace {

std::uint16_t half_of(std::uint32_t pair, unsigned which) { return static_cast<std::uint16_t>(pair >> 16 * which); }

// The place of an element in registers: lane 4 group + thread, register, half of it.
struct Place {
  unsigned lane, register_, half;
};
Place in_a(unsigned row, unsigned k) { return {row % 8 * 4 + k % 8 / 2, row / 8 + k / 8 * 2, k % 2}; }
Place in_b(unsigned k, unsigned column) { return {column * 4 + k % 8 / 2, k / 8, k % 2}; }

} // namespace

float widened(Half type, std::uint16_t bits) {
  if (type == Half::bf16) return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float size = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                     : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (bits >> 15) != 0 ? -size : size;
}

void load_matrices(const void* row, unsigned count, bool transposed, std::uint32_t* registers, Site site) {
  const access::Away away;
  constexpr std::size_t row_bytes = 16;
  if (lane() < 8 * count) {
    if (!is_shared(row, row_bytes)) fail(Finding::outside, site, "ldmatrix: a row that is not in shared memory");
    if (reinterpret_cast<std::uintptr_t>(row) % row_bytes != 0)
      fail(Finding::misaligned, site, "ldmatrix: a row at no multiple of 16 bytes");
    access::read(row, row_bytes, site);
  }
  struct Lane {
    const void* row;
    std::uint32_t* registers;
  } mine{row, registers};
  collective(~0u, site, "ldmatrix", mine, [&](const std::array<Lane*, 32>& lanes) {
    for (unsigned m = 0; m < count; ++m) {
      std::uint16_t at[8][8];
      for (unsigned r = 0; r < 8; ++r) std::memcpy(at[r], lanes[8 * m + r]->row, row_bytes);
      for (unsigned l = 0; l < 32; ++l) {
        const unsigned r = l / 4, c = 2 * (l % 4);
        const std::uint32_t low = transposed ? at[c][r] : at[r][c], high = transposed ? at[c + 1][r] : at[r][c + 1];
        lanes[l]->registers[m] = low | high << 16;
      }
    }
  });
}

void multiply(Half type, const std::uint32_t* a, const std::uint32_t* b, float* d, Site site) {
  const access::Away away;
  struct Lane {
    const std::uint32_t *a, *b;
    float* d;
  } mine{a, b, d};
  collective(~0u, site, "mma", mine, [&](const std::array<Lane*, 32>& lanes) {
    std::array<unsigned, 16> order;
    std::iota(order.begin(), order.end(), 0u);
    if (block->stream->options.perturb)
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw() % i]);
    float left[16][16], right[16][8];
    for (unsigned k = 0; k < 16; ++k) {
      for (unsigned row = 0; row < 16; ++row) {
        const Place at = in_a(row, k);
        left[row][k] = widened(type, half_of(lanes[at.lane]->a[at.register_], at.half));
      }
      for (unsigned column = 0; column < 8; ++column) {
        const Place at = in_b(k, column);
        right[k][column] = widened(type, half_of(lanes[at.lane]->b[at.register_], at.half));
      }
    }
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned column = 0; column < 8; ++column) {
        float& sum = lanes[row % 8 * 4 + column / 2]->d[row / 8 * 2 + column % 2];
        for (const unsigned k : order) sum = std::fma(left[row][k], right[k][column], sum);
      }
  });
}

} // namespace assay::simt
