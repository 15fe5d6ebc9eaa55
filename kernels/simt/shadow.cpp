#include "kernels/simt/shadow.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <new>

#include "kernels/simt/access.hpp"
#include "kernels/simt/launching.hpp"

namespace assay::simt::access {
namespace {

struct Range {
  std::size_t bytes = 0;
  const std::byte* low;
  explicit Range(const std::byte* (*of)(std::size_t&)) : low(of(bytes)) {}
};

const Range& shared_range() {
  static const Range range(launching::shared_range);
  return range;
}

struct Device {
  std::map<const std::byte*, Memory> memories; // by end
  Memory* last = nullptr;                      // that was asked for
};

Device& device() {
  static Device& only = *new Device;
  return only;
}

Cell* new_cells(std::size_t bytes) {
  void* cells = mmap(nullptr, bytes * sizeof(Cell) + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (cells == MAP_FAILED) throw std::bad_alloc();
  return static_cast<Cell*>(cells);
}

void bring_up_to_date(Memory& memory) {
  for (const Event& event : memory.events)
    std::fill(memory.cells + event.from, memory.cells + event.to, Cell{{event.written ? host : nobody, 0}, {}});
  memory.events.clear();
}

void happened(const void* at, std::size_t bytes, bool written) {
  const auto* const from = static_cast<const std::byte*>(at);
  const auto found = device().memories.upper_bound(from);
  if (bytes == 0 || found == device().memories.end()) return;
  Memory& memory = found->second;
  const auto first = static_cast<std::size_t>(from - memory.low);
  std::erase_if(memory.events, [&](const Event& old) { return old.from >= first && old.to <= first + bytes; });
  memory.events.push_back({first, first + bytes, written});
}

} // namespace

bool in_shared_range(const std::byte* at) { return inside(at, shared_range().low, shared_range().bytes); }

bool in_device_range(const std::byte* at) {
  static const Range range(launching::device_range);
  return inside(at, range.low, range.bytes);
}

Memory& shared_shadow() {
  static Memory& only = *new Memory{shared_range().low, shared_range().bytes, new_cells(shared_range().bytes), {}};
  return only;
}

Memory* device_shadow(const std::byte* at) {
  Device& d = device();
  if (d.last == nullptr || !inside(at, d.last->low, d.last->bytes)) {
    const auto found = d.memories.upper_bound(at); // the first that ends behind it
    d.last = found != d.memories.end() && inside(at, found->second.low, found->second.bytes) ? &found->second : nullptr;
  }
  if (d.last != nullptr && !d.last->events.empty()) bring_up_to_date(*d.last);
  return d.last;
}

std::size_t bytes_behind(const std::byte* at) {
  const auto behind = device().memories.upper_bound(at);
  return behind == device().memories.begin() ? 0 : static_cast<std::size_t>(at - std::prev(behind)->first);
}

void allocated(const void* memory, std::size_t live) {
  const auto* low = static_cast<const std::byte*>(memory);
  device().memories[low + live] = {low, live, new_cells(live), {}};
}

void released(const void* memory, std::size_t live) {
  const auto found = device().memories.find(static_cast<const std::byte*>(memory) + live);
  munmap(found->second.cells, live * sizeof(Cell) + 1);
  device().memories.erase(found);
  device().last = nullptr;
}

void host_wrote(const void* memory, std::size_t bytes) { happened(memory, bytes, true); }
void host_poisoned(const void* memory, std::size_t bytes) { happened(memory, bytes, false); }

} // namespace assay::simt::access
