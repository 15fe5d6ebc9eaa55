// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011), from Random123.
// A number depends on (key, stream, index) alone: the same on every machine, thread count and backend.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace assay {

using PhiloxCounter = std::array<std::uint32_t, 4>;

PhiloxCounter philox(PhiloxCounter counter, std::array<std::uint32_t, 2> key);

// 64-bit key of a text (FNV-1a, then a bit mixer), and a key derived from another.
std::uint64_t key_of(std::string_view text);
std::uint64_t key_of(std::uint64_t key, std::string_view text);

// Two uniforms in the open interval (0, 1): (k + 1/2) 2^-52 with 52-bit k.
std::array<double, 2> uniforms(std::uint64_t key, std::uint32_t stream, std::uint64_t index, std::uint32_t step = 0);
// Two independent standard normals by Box-Muller; |z| <= 8.57, lost mass 1.0e-17.
std::array<double, 2> normals(std::uint64_t key, std::uint32_t stream, std::uint64_t index, std::uint32_t step = 0);

// Element i of a span takes number i % 2 of index i / 2.
void fill_normal(std::uint64_t key, std::uint32_t stream, std::span<double> out);
void fill_uniform(std::uint64_t key, std::uint32_t stream, std::span<double> out);
// Uniform integers in [low, high].
void fill_integers(std::uint64_t key, std::uint32_t stream, int low, int high, std::span<double> out);

} // namespace assay
