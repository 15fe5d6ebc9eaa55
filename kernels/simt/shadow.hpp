// What the access checker remembers of every byte of memory: who wrote it last, and who has read it since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::simt::access {

// segment: what a thread does between two points of synchronisation, numbered as time goes by. code: where in the program, or on which
// line.
struct Toucher {
  std::uint32_t segment, code;
};
inline constexpr std::uint32_t nobody = 0, host = 1; // segments

struct Cell {
  Toucher writer, readers[2]; // two readers: a writer cannot be both
  bool atomic() const { return (writer.code & atomic_bit) != 0; }
  static constexpr std::uint32_t atomic_bit = 1u << 31, site_bit = 1u << 30;
};

// The host touches whole arrays, most of which no checked kernel looks at: cells are brought up to date when one does.
struct Event {
  std::size_t from, to;
  bool written;
};

struct Memory {
  const std::byte* low = nullptr;
  std::size_t bytes = 0;
  Cell* cells = nullptr; // pages of them cost nothing until they are touched
  std::vector<Event> events;
};

inline bool inside(const std::byte* at, const std::byte* low, std::size_t bytes) { return at >= low && at < low + bytes; }
bool in_shared_range(const std::byte* at);
bool in_device_range(const std::byte* at);

Memory& shared_shadow();
Memory* device_shadow(const std::byte* at);    // of the live allocation that holds it; null where none does
std::size_t bytes_behind(const std::byte* at); // from the end of the allocation before it; 0 where there is none

} // namespace assay::simt::access
