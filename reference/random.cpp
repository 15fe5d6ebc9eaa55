#include "reference/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

#include "reference/parallel.hpp"

namespace assay {
namespace {

std::uint64_t mix(std::uint64_t x) { // finaliser of SplitMix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

double open_uniform(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t k = ((static_cast<std::uint64_t>(high) << 32) | low) >> 12;
  return (static_cast<double>(k) + 0.5) * 0x1p-52;
}

template <class Pair> void fill(std::span<double> out, Pair pair) {
  in_parts(out.size(), [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i += 2) {
      const std::array<double, 2> two = pair(i / 2);
      out[i] = two[0];
      if (i + 1 < end) out[i + 1] = two[1];
    }
  });
}

} // namespace

PhiloxCounter philox(PhiloxCounter counter, std::array<std::uint32_t, 2> key) {
  const r123::Philox4x32::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type k = {{key[0], key[1]}};
  const auto out = r123::Philox4x32()(c, k);
  return {out[0], out[1], out[2], out[3]};
}

std::uint64_t key_of(std::string_view text) { return key_of(std::uint64_t{0}, text); }

std::uint64_t key_of(std::uint64_t key, std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u ^ mix(key + 0x9e3779b97f4a7c15u);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mix(hash);
}

std::array<double, 2> uniforms(std::uint64_t key, std::uint32_t stream, std::uint64_t index, std::uint32_t step) {
  const PhiloxCounter words = philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), step, stream},
                                     {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  return {open_uniform(words[0], words[1]), open_uniform(words[2], words[3])};
}

std::array<double, 2> normals(std::uint64_t key, std::uint32_t stream, std::uint64_t index, std::uint32_t step) {
  const auto [u, v] = uniforms(key, stream, index, step);
  const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::numbers::pi * v;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

void fill_normal(std::uint64_t key, std::uint32_t stream, std::span<double> out) {
  fill(out, [=](std::uint64_t index) { return normals(key, stream, index); });
}

void fill_uniform(std::uint64_t key, std::uint32_t stream, std::span<double> out) {
  fill(out, [=](std::uint64_t index) { return uniforms(key, stream, index); });
}

void fill_integers(std::uint64_t key, std::uint32_t stream, int low, int high, std::span<double> out) {
  const double count = high - low + 1;
  fill(out, [=](std::uint64_t index) {
    const auto [u, v] = uniforms(key, stream, index);
    return std::array<double, 2>{low + std::floor(u * count), low + std::floor(v * count)};
  });
}

} // namespace assay
