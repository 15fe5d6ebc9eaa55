// Shared memory of the running block: one arena, allocations with red zones between them.
#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/sanitizer.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::simt {
namespace {

constexpr std::size_t red_zone = 64, arena_bytes = 512 << 10, base_alignment = 1024;
constexpr std::size_t most_static = 48 << 10, most_dynamic = 227 << 10; // bytes, of compute capability 9.0

struct Piece {
  const void* key; // null: dynamic
  std::size_t at, bytes, alignment;
};

struct Arena {
  std::byte* memory;
  std::byte byte{};          // what it was filled with
  std::size_t used = 0;      // end of the last piece
  std::size_t touched = 0;   // of all blocks so far: to be filled anew
  std::size_t asked_for = 0; // dynamic bytes of the launch
  std::size_t packed = 0;    // dynamic bytes as they lie on a device
  std::size_t static_bytes = 0;
  std::vector<Piece> pieces;
  std::vector<unsigned> dynamic; // indices of pieces, in the order in which every thread takes them
  std::vector<unsigned> taken;   // by each thread

  Arena() {
    void* mapped = mmap(nullptr, arena_bytes + base_alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    std::size_t space = arena_bytes + base_alignment;
    memory = static_cast<std::byte*>(std::align(base_alignment, arena_bytes, mapped, space));
  }
};

Arena& arena() {
  static Arena& only = *new Arena;
  return only;
}

constexpr std::size_t rounded(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

unsigned place(const void* key, std::size_t bytes, std::size_t alignment, Site site) {
  Arena& a = arena();
  if (alignment > base_alignment)
    fail(Finding::launch, site, fmt::format("shared memory aligned to {}; at most {}", alignment, base_alignment));
  const std::size_t at = rounded(a.used + red_zone, alignment);
  if (at + bytes + red_zone > arena_bytes) fail(Finding::launch, site, fmt::format("{} bytes of shared memory are too much", bytes));
  a.used = at + bytes;
  a.touched = std::max(a.touched, a.used + red_zone);
  a.pieces.push_back({key, at, bytes, alignment});
  sanitizer::unpoison(a.memory + at, bytes);
  access::shared_allocated(a.memory + at, bytes);
  return static_cast<unsigned>(a.pieces.size() - 1);
}

const Piece* piece_at(std::size_t offset) {
  for (const Piece& piece : arena().pieces)
    if (offset >= piece.at && offset < piece.at + piece.bytes) return &piece;
  return nullptr;
}

} // namespace

void* shared_static(const void* key, std::size_t bytes, std::size_t alignment, Site site) {
  const access::Away away;
  Arena& a = arena();
  for (const Piece& piece : a.pieces)
    if (piece.key == key) return a.memory + piece.at;
  a.static_bytes = rounded(a.static_bytes, alignment) + bytes;
  if (a.static_bytes > most_static)
    fail(Finding::launch, site, fmt::format("{} bytes of static shared memory; at most {}", a.static_bytes, most_static));
  return a.memory + a.pieces[place(key, bytes, alignment, site)].at;
}

void* shared_dynamic(std::size_t bytes, std::size_t alignment, Site site) {
  const access::Away away;
  Arena& a = arena();
  unsigned& taken = a.taken[self->linear];
  if (taken == a.dynamic.size()) {
    a.packed = rounded(a.packed, alignment) + bytes;
    if (a.packed > a.asked_for)
      fail(Finding::launch, site,
           fmt::format("takes {} bytes of dynamic shared memory, but the launch asks for {}", a.packed, a.asked_for));
    a.dynamic.push_back(place(nullptr, bytes, alignment, site));
  }
  const Piece& piece = a.pieces[a.dynamic[taken++]];
  if (piece.bytes != bytes || piece.alignment != alignment)
    fail(Finding::launch, site,
         fmt::format(
             "takes {} bytes of dynamic shared memory where another thread took {}: threads must take the same pieces in the same order",
             bytes, piece.bytes));
  return a.memory + piece.at;
}

std::uint32_t shared_offset(const void* pointer, Site site) {
  const access::Away away;
  const auto* at = static_cast<const std::byte*>(pointer);
  const Arena& a = arena();
  if (at < a.memory || at >= a.memory + arena_bytes || piece_at(static_cast<std::size_t>(at - a.memory)) == nullptr)
    fail(Finding::outside, site, "a pointer to shared memory is asked for, but this points elsewhere");
  return static_cast<std::uint32_t>(at - a.memory);
}

void* shared_pointer(std::uint32_t offset, std::size_t bytes, Site site) {
  const access::Away away;
  const Piece* const piece = piece_at(offset);
  if (piece == nullptr || offset + bytes > piece->at + piece->bytes)
    fail(Finding::outside, site,
         piece == nullptr ? fmt::format("shared address {} is in no allocation", offset)
                          : fmt::format("{} bytes at shared address {}, which is {} bytes before the end of its allocation", bytes, offset,
                                        piece->at + piece->bytes - offset));
  return arena().memory + offset;
}

bool is_shared(const void* address, std::size_t bytes) {
  const auto* at = static_cast<const std::byte*>(address);
  const Arena& a = arena();
  if (at < a.memory || at >= a.memory + arena_bytes) return false;
  const auto offset = static_cast<std::size_t>(at - a.memory);
  const Piece* const piece = piece_at(offset);
  return piece != nullptr && offset + bytes <= piece->at + piece->bytes;
}

namespace launching {

void begin_shared(std::byte byte, std::size_t asked_for, unsigned threads) {
  Arena& a = arena();
  if (asked_for > most_dynamic)
    throw Error(Finding::launch, fmt::format("launch: {} bytes of dynamic shared memory; at most {}", asked_for, most_dynamic));
  sanitizer::unpoison(a.memory, arena_bytes);
  a.touched = std::max<std::size_t>(a.touched, red_zone); // what grows beyond is filled when it is placed
  std::memset(a.memory, std::to_integer<int>(byte), a.byte == byte ? a.touched : arena_bytes);
  if (a.byte != byte) a.touched = red_zone;
  a.byte = byte;
  a.used = a.packed = a.static_bytes = 0;
  a.asked_for = asked_for;
  a.pieces.clear();
  a.dynamic.clear();
  a.taken.assign(threads, 0);
  sanitizer::poison(a.memory, arena_bytes);
}

void end_shared() {
  Arena& a = arena();
  sanitizer::unpoison(a.memory, arena_bytes);
  std::size_t from = 0;
  const auto intact = [&](std::size_t to) {
    for (std::size_t at = from; at < to; ++at)
      if (a.memory[at] != a.byte)
        throw Error(Finding::outside, fmt::format("outside: block ({},{},{}) wrote shared memory {} bytes past the end of an allocation",
                                                  block->index.x, block->index.y, block->index.z, at - from));
  };
  for (const Piece& piece : a.pieces) {
    intact(piece.at);
    from = piece.at + piece.bytes;
  }
  intact(std::min(a.used + red_zone, arena_bytes));
}

const std::byte* shared_range(std::size_t& bytes) {
  bytes = arena_bytes;
  return arena().memory;
}

void close_shared() { sanitizer::unpoison(arena().memory, arena_bytes); }

} // namespace launching
} // namespace assay::simt
