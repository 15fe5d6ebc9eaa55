#include "kernels/simt/access.hpp"

#include <fmt/core.h>
#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernels/simt/access_hooks.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/locate.hpp"
#include "kernels/simt/thread.hpp"

extern "C" const char __executable_start, _end; // of the linker

namespace assay::simt::access {

bool active = false;

namespace {

// What one thread does between two points of synchronisation. Numbers grow with time, since one thread runs at a time.
struct Segment {
  std::uint64_t block = 0;
  std::uint32_t thread = 0, barrier = 0, sync = 0; // barriers of its block so far; the last __syncwarp that it took part in
};

// One byte of memory. Segment numbers: 0 nobody, 1 the host.
struct Toucher {
  std::uint32_t segment, code;
};
struct Cell {
  Toucher writer, readers[2]; // two readers: a writer cannot be both
  bool atomic() const { return (writer.code & atomic_bit) != 0; }
  static constexpr std::uint32_t atomic_bit = 1u << 31, site_bit = 1u << 30;
};

constexpr std::uint32_t nobody = 0, host = 1;

struct Event { // of the host, not yet in the cells
  std::size_t from, to;
  bool written;
};

struct Memory {
  const std::byte* low = nullptr;
  std::size_t bytes = 0;
  Cell* cells = nullptr;
  std::vector<Event> events;
};

// What a block has published: everything its thread did before `segment`, and everything its block did before `barrier`.
struct Release {
  std::uint32_t thread, segment, barrier;
  std::uint32_t holder = all; // who knows of it
  static constexpr std::uint32_t all = ~0u;
};

struct ThreadState {
  std::uint32_t segment = 0, sync = 0;
  std::uint32_t fence_segment = 0, fence_barrier = 0;  // at the last __threadfence
  std::vector<std::pair<std::uint64_t, Release>> seen; // by atomics since the last __threadfence
};

struct State {
  bool checked = false, report = false;
  std::vector<Site> sites;                     // of instructions that know theirs
  std::map<const std::byte*, Memory> memories; // by end
  Memory* last = nullptr;
  Memory shared;
  std::vector<Segment> segments;
  std::uint32_t first = 2; // number of segments[0]; smaller ones are of former launches
  std::vector<ThreadState> threads;
  std::uint32_t barriers = 0, syncs = 0;
  std::vector<std::pair<unsigned, unsigned>> sync_masks; // warp and mask of every __syncwarp of the block
  std::unordered_map<const void*, std::vector<std::pair<std::uint64_t, Release>>> released; // at the address of an atomic
  std::unordered_map<std::uint64_t, std::vector<Release>> known;                            // of other blocks, to this one
  const std::byte *stack = nullptr, *arguments = nullptr;
  std::size_t stack_bytes = 0, argument_bytes = 0;
};

State& state() {
  static State& only = *new State;
  return only;
}

Cell* new_cells(std::size_t bytes) {
  void* cells = mmap(nullptr, bytes * sizeof(Cell) + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (cells == MAP_FAILED) throw std::bad_alloc();
  return static_cast<Cell*>(cells);
}

bool inside(const std::byte* at, const std::byte* low, std::size_t bytes) { return at >= low && at < low + bytes; }

void bring_up_to_date(Memory& memory) {
  for (const Event& event : memory.events)
    std::fill(memory.cells + event.from, memory.cells + event.to, Cell{{event.written ? host : nobody, 0}, {}});
  memory.events.clear();
}

Memory* memory_at(const std::byte* at) {
  State& s = state();
  if (s.last == nullptr || !inside(at, s.last->low, s.last->bytes)) {
    const auto found = s.memories.upper_bound(at); // the first that ends behind it
    s.last = found != s.memories.end() && inside(at, found->second.low, found->second.bytes) ? &found->second : nullptr;
  }
  if (s.last != nullptr && !s.last->events.empty()) bring_up_to_date(*s.last);
  return s.last;
}

void happened(const void* at, std::size_t bytes, bool written) {
  if (bytes == 0) return;
  State& s = state();
  s.last = nullptr;
  const auto found = s.memories.upper_bound(static_cast<const std::byte*>(at));
  if (found == s.memories.end()) return;
  Memory& memory = found->second;
  const auto from = static_cast<std::size_t>(static_cast<const std::byte*>(at) - memory.low);
  std::erase_if(memory.events, [&](const Event& old) { return old.from >= from && old.to <= from + bytes; });
  memory.events.push_back({from, from + bytes, written});
}

std::uintptr_t load_address() {
  static const std::uintptr_t address = [] {
    std::uintptr_t found = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* out) {
          *static_cast<std::uintptr_t*>(out) = info->dlpi_addr;
          return 1;
        },
        &found);
    return found;
  }();
  return address;
}

// Where something was done: an offset in the program, or the number of a source line.
std::uint32_t code_of(const void* address) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(address) - load_address());
}

std::uint32_t code_of(Site site) {
  std::vector<Site>& sites = state().sites;
  const auto found =
      std::find_if(sites.begin(), sites.end(), [&](const Site& one) { return one.file == site.file && one.line == site.line; });
  const auto index = static_cast<std::uint32_t>(found - sites.begin());
  if (found == sites.end()) sites.push_back(site);
  return Cell::site_bit | index;
}

std::string line_at(std::uint32_t code) {
  code &= ~Cell::atomic_bit;
  if ((code & Cell::site_bit) == 0) return line_of(reinterpret_cast<const void*>(load_address() + code));
  const Site site = state().sites[code & ~Cell::site_bit];
  return fmt::format("{}:{}", site.file, site.line);
}

std::string name_of(std::uint32_t thread) {
  const Extent shape = block->grid.threads;
  return fmt::format("({},{},{})", thread % shape.x, thread / shape.x % shape.y, thread / (shape.x * shape.y));
}

std::string name_of_block(std::uint64_t index) {
  const Extent shape = block->grid.blocks;
  return fmt::format("({},{},{})", index % shape.x, index / shape.x % shape.y, index / (std::uint64_t{shape.x} * shape.y));
}

void start_segment(std::uint32_t thread) {
  State& s = state();
  s.segments.push_back({block->linear, thread, s.barriers, s.threads[thread].sync});
  s.threads[thread].segment = s.first + static_cast<std::uint32_t>(s.segments.size()) - 1;
}

// Whether what happened in segment `then` is ordered before what the running thread does now.
bool ordered(std::uint32_t then) {
  State& s = state();
  if (then < s.first) return true;
  const Segment& old = s.segments[then - s.first];
  const std::uint32_t me = self->linear;
  if (old.block == block->linear) {
    if (old.thread == me || old.barrier < s.barriers) return true;
    const std::uint32_t sync = s.threads[me].sync; // counts from 1
    return sync > old.sync && s.sync_masks[sync - 1].first == old.thread / 32 &&
           (s.sync_masks[sync - 1].second >> old.thread % 32 & 1) != 0;
  }
  const auto found = s.known.find(old.block);
  if (found == s.known.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Release& one) {
    return (one.holder == Release::all || one.holder == me) &&
           ((one.thread == old.thread && then < one.segment) || old.barrier < one.barrier);
  });
}

struct Deed {
  bool writes, atomic;
  std::uint32_t code;
};

[[noreturn]] void complain(Finding finding, const Deed& deed, const std::string& text) {
  active = false;
  const std::string line = line_at(deed.code);
  const std::size_t colon = std::min(line.rfind(':'), line.size());
  const std::string file = line.substr(0, colon);
  fail(finding, {file.c_str(), colon < line.size() ? static_cast<unsigned>(std::atoi(line.c_str() + colon + 1)) : 0}, text);
}

[[noreturn]] void race(const Deed& deed, const Toucher& other, bool other_wrote, std::size_t offset, std::size_t bytes) {
  const Segment old = state().segments[other.segment - state().first];
  const bool same_block = old.block == block->linear;
  complain(Finding::race, deed,
           fmt::format("{} at byte {} of {} bytes, which thread {} of block {} {} at {}; {}",
                       deed.atomic   ? "atomic"
                       : deed.writes ? "write"
                                     : "read",
                       offset, bytes, name_of(old.thread), name_of_block(old.block), other_wrote ? "wrote" : "read", line_at(other.code),
                       same_block ? "no barrier lies between" : "nothing orders the two blocks"));
}

void touch(Cell& cell, const Deed& deed, std::size_t offset, std::size_t bytes) {
  const std::uint32_t now = state().threads[self->linear].segment;
  const Toucher me{now, deed.code | (deed.atomic ? Cell::atomic_bit : 0)};
  if (cell.writer.segment == nobody && (!deed.writes || deed.atomic))
    complain(Finding::unwritten, deed, fmt::format("reads byte {} of {} bytes that nothing has written", offset, bytes));
  if (cell.writer.segment != now && !(deed.atomic && cell.atomic()) && !ordered(cell.writer.segment))
    race(deed, cell.writer, true, offset, bytes);
  if (deed.writes) {
    for (const Toucher& reader : cell.readers)
      if (reader.segment != now && !ordered(reader.segment)) race(deed, reader, false, offset, bytes);
    cell = {me, {}};
    return;
  }
  for (Toucher& reader : cell.readers)
    if (reader.segment == now || ordered(reader.segment)) {
      reader = me;
      return;
    }
}

void look(const std::byte* at, std::size_t bytes, const Deed& deed, bool aligned) {
  State& s = state();
  if (inside(at, s.stack, s.stack_bytes)) return;
  static std::size_t shared_bytes = 0, device_bytes = 0;
  static const std::byte *const shared_low = launching::shared_range(shared_bytes), *const device_low =
                                                                                        launching::device_range(device_bytes);
  Memory* memory = nullptr;
  if (inside(at, shared_low, shared_bytes)) {
    if (s.shared.cells == nullptr) s.shared = {shared_low, shared_bytes, new_cells(shared_bytes), {}};
    if (!is_shared(at, bytes)) complain(Finding::outside, deed, fmt::format("{} bytes that are in no allocation of shared memory", bytes));
    memory = &s.shared;
  } else if (inside(at, device_low, device_bytes)) {
    memory = memory_at(at);
    if (memory == nullptr || at + bytes > memory->low + memory->bytes) {
      const auto behind = s.memories.upper_bound(at);
      const std::size_t before = behind == s.memories.begin() ? 0 : static_cast<std::size_t>(at - std::prev(behind)->first);
      complain(Finding::outside, deed,
               memory != nullptr
                   ? fmt::format("{} bytes that end {} bytes past the end of an array", bytes, at + bytes - memory->low - memory->bytes)
                   : fmt::format("{} bytes of device memory that belong to no array; one ended {} bytes before", bytes, before));
    }
  } else {
    if (!deed.writes && inside(at, s.arguments, s.argument_bytes)) return;
    const auto* const image = reinterpret_cast<const std::byte*>(&__executable_start);
    if (!inside(at, image, static_cast<std::size_t>(&_end - &__executable_start)))
      complain(Finding::outside, deed, fmt::format("{} bytes of the host's memory", bytes));
    if (deed.writes) complain(Finding::outside, deed, "writes a variable of the host");
    return;
  }
  if (aligned && bytes <= 16 && reinterpret_cast<std::uintptr_t>(at) % bytes != 0)
    complain(Finding::misaligned, deed, fmt::format("{} bytes at an address that is no multiple of {}", bytes, bytes));
  const auto from = static_cast<std::size_t>(at - memory->low);
  for (std::size_t k = 0; k < bytes; ++k) touch(memory->cells[from + k], deed, from + k, memory->bytes);
}

void instruction(const void* at, std::size_t bytes, bool writes, bool atomic, Site site) {
  if (!state().checked || !state().report || self == nullptr) return;
  look(static_cast<const std::byte*>(at), bytes, {writes, atomic, code_of(site)}, std::has_single_bit(bytes));
}

} // namespace

void hook(const void* at, std::size_t bytes, bool writes, bool aligned, const void* code) {
  if (!state().report) return;
  std::exception_ptr found;
  try {
    look(static_cast<const std::byte*>(at), bytes, {writes, false, code_of(code)}, aligned);
  } catch (...) {
    found = std::current_exception();
  }
  if (found) launching::park(std::move(found)); // the compiler takes hooks for functions that do not throw
}

void allocated(const void* memory, std::size_t live) {
  const auto* low = static_cast<const std::byte*>(memory);
  state().last = nullptr;
  state().memories[low + live] = {low, live, new_cells(live), {}};
}

void released(const void* memory, std::size_t live) {
  const auto found = state().memories.find(static_cast<const std::byte*>(memory) + live);
  munmap(found->second.cells, live * sizeof(Cell) + 1);
  state().memories.erase(found);
  state().last = nullptr;
}

void host_wrote(const void* memory, std::size_t bytes) { happened(memory, bytes, true); }
void host_poisoned(const void* memory, std::size_t bytes) { happened(memory, bytes, false); }

void begin_launch(bool checked, bool report) {
  State& s = state();
  s.checked = checked;
  s.report = report;
  if (!checked) return;
  s.first += static_cast<std::uint32_t>(s.segments.size());
  s.segments.clear();
  s.released.clear();
}

void arguments(const void* memory, std::size_t bytes) {
  state().arguments = static_cast<const std::byte*>(memory);
  state().argument_bytes = bytes;
}

void end_launch() { active = state().checked = false; }

void begin_block() {
  State& s = state();
  if (!s.checked) return;
  s.barriers = s.syncs = 0;
  s.sync_masks.clear();
  s.known.clear();
  s.threads.assign(block->threads, {});
  for (std::uint32_t thread = 0; thread < block->threads; ++thread) start_segment(thread);
}

void shared_allocated(const void* memory, std::size_t bytes) {
  State& s = state();
  if (s.shared.cells == nullptr) return;
  std::fill_n(s.shared.cells + (static_cast<const std::byte*>(memory) - s.shared.low), bytes, Cell{});
}

void barrier_passed() {
  State& s = state();
  if (!s.checked) return;
  ++s.barriers;
  for (auto& [index, list] : s.known)
    for (Release& one : list) one.holder = Release::all;
  for (std::uint32_t thread = 0; thread < block->threads; ++thread) start_segment(thread);
}

void warp_synchronised(unsigned warp, unsigned mask) {
  State& s = state();
  if (!s.checked) return;
  s.sync_masks.emplace_back(warp, mask);
  ++s.syncs;
  for (unsigned lane = 0; lane < 32; ++lane)
    if ((mask >> lane & 1) != 0 && warp * 32 + lane < block->threads) {
      s.threads[warp * 32 + lane].sync = s.syncs;
      start_segment(warp * 32 + lane);
    }
}

void resume() { active = state().checked; }
void suspend() { active = false; }

void fiber_stack(const void* low, std::size_t bytes) {
  state().stack = static_cast<const std::byte*>(low);
  state().stack_bytes = bytes;
}

void atomic(const void* address, std::size_t bytes, Site site) {
  State& s = state();
  if (!s.checked) return;
  instruction(address, bytes, true, true, site);
  ThreadState& me = s.threads[self->linear];
  auto& list = s.released[address];
  me.seen.insert(me.seen.end(), list.begin(), list.end());
  if (me.fence_segment > 0) list.push_back({block->linear, {self->linear, me.fence_segment, me.fence_barrier}});
}

void fence() {
  State& s = state();
  if (!s.checked) return;
  const std::uint32_t thread = self->linear;
  ThreadState& me = s.threads[thread];
  for (auto& [index, release] : me.seen) {
    release.holder = thread;
    s.known[index].push_back(release);
  }
  me.seen.clear();
  start_segment(thread);
  me.fence_segment = me.segment;
  me.fence_barrier = s.barriers;
}

void read(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, false, false, site); }
void wrote(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, true, false, site); }
void asynchronous_issue(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }
void asynchronous_done(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }

} // namespace assay::simt::access
