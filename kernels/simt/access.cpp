#include "kernels/simt/access.hpp"

#include <fmt/core.h>
#include <link.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernels/simt/access_hooks.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/locate.hpp"
#include "kernels/simt/shadow.hpp"
#include "kernels/simt/thread.hpp"

extern "C" const char __executable_start, _end; // of the linker

namespace assay::simt::access {

bool active = false;

namespace {

// What one thread does between two points of synchronisation. Numbers grow with time, since one thread runs at a time.
struct Segment {
  std::uint64_t block = 0;
  std::uint32_t thread = 0, barrier = 0, sync = 0; // barriers of its block so far; the last __syncwarp that it took part in
  static constexpr std::uint32_t flying = ~0u;     // barrier and sync of an asynchronous write that nobody has waited for
};

// What a block has published: everything its thread did before `segment`, and everything its block did before `barrier`.
struct Release {
  std::uint32_t thread, segment, barrier;
  std::uint32_t holder = all; // who knows of it
  static constexpr std::uint32_t all = ~0u;
};

struct ThreadState {
  std::uint32_t segment = 0, sync = 0;
  Clock clock; // beyond what barriers and __syncwarp say; threads, then the asynchronous writes of each
  std::uint32_t fence_segment = 0, fence_barrier = 0;  // at the last __threadfence
  std::vector<std::pair<std::uint64_t, Release>> seen; // by atomics since the last __threadfence
};

struct State {
  bool checked = false, report = false;
  bool clocks = false;               // the block has mbarriers
  std::vector<std::uint32_t> flying; // segments of asynchronous writes that nobody has waited for
  std::vector<Site> sites;           // of instructions that know theirs
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
  thread %= block->threads;
  return fmt::format("({},{},{})", thread % shape.x, thread / shape.x % shape.y, thread / (shape.x * shape.y));
}

std::string name_of_block(std::uint64_t index) {
  const Extent shape = block->grid.blocks;
  return fmt::format("({},{},{})", index % shape.x, index / shape.x % shape.y, index / (std::uint64_t{shape.x} * shape.y));
}

std::uint32_t new_segment(const Segment& segment) {
  state().segments.push_back(segment);
  return state().first + static_cast<std::uint32_t>(state().segments.size()) - 1;
}

void start_segment(std::uint32_t thread) {
  State& s = state();
  s.threads[thread].segment = new_segment({block->linear, thread, s.barriers, s.threads[thread].sync});
}

// Whether what happened in segment `then` is ordered before what the running thread does now.
bool ordered(std::uint32_t then) {
  State& s = state();
  if (then < s.first) return true;
  const Segment& old = s.segments[then - s.first];
  const std::uint32_t me = self->linear;
  if (old.block == block->linear) {
    if (old.thread == me || old.barrier < s.barriers) return true;
    if (const Clock& clock = s.threads[me].clock; old.thread < clock.size() && then <= clock[old.thread]) return true;
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
  Memory* memory = nullptr;
  if (in_shared_range(at)) {
    if (!is_shared(at, bytes)) complain(Finding::outside, deed, fmt::format("{} bytes that are in no allocation of shared memory", bytes));
    memory = &shared_shadow();
  } else if (in_device_range(at)) {
    memory = device_shadow(at);
    if (memory == nullptr)
      complain(Finding::outside, deed,
               fmt::format("{} bytes of device memory that belong to no array; one ended {} bytes before", bytes, bytes_behind(at)));
    if (at + bytes > memory->low + memory->bytes)
      complain(Finding::outside, deed,
               fmt::format("{} bytes that end {} bytes past the end of an array", bytes, at + bytes - memory->low - memory->bytes));
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
  const Away away;
  look(static_cast<const std::byte*>(at), bytes, {writes, atomic, code_of(site)}, std::has_single_bit(bytes));
}

} // namespace

void hook(const void* at, std::size_t bytes, bool writes, bool aligned, const void* code) {
  const Away away;
  if (!state().report) return;
  std::exception_ptr found;
  try {
    look(static_cast<const std::byte*>(at), bytes, {writes, false, code_of(code)}, aligned);
  } catch (...) {
    found = std::current_exception();
  }
  if (found) launching::park(std::move(found)); // the compiler takes hooks for functions that do not throw
}

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

void end_launch() { state().checked = false; }

void begin_block() {
  State& s = state();
  if (!s.checked) return;
  s.barriers = s.syncs = 0;
  s.clocks = false;
  s.flying.clear();
  s.sync_masks.clear();
  s.known.clear();
  s.threads.assign(block->threads, {});
  for (std::uint32_t thread = 0; thread < block->threads; ++thread) start_segment(thread);
}

void shared_allocated(const void* memory, std::size_t bytes) {
  if (!state().checked) return;
  Memory& shared = shared_shadow();
  std::fill_n(shared.cells + (static_cast<const std::byte*>(memory) - shared.low), bytes, Cell{});
}

void barrier_passed() {
  State& s = state();
  if (!s.checked) return;
  ++s.barriers;
  for (auto& [index, list] : s.known)
    for (Release& one : list) one.holder = Release::all;
  for (std::uint32_t thread = 0; thread < block->threads; ++thread) {
    s.threads[thread].clock.clear();
    start_segment(thread);
  }
}

void warp_synchronised(unsigned warp, unsigned mask) {
  State& s = state();
  if (!s.checked) return;
  s.sync_masks.emplace_back(warp, mask);
  ++s.syncs;
  Clock all;
  const auto lanes = [&](auto each) {
    for (unsigned lane = 0; lane < 32; ++lane)
      if ((mask >> lane & 1) != 0 && warp * 32 + lane < block->threads) each(s.threads[warp * 32 + lane], warp * 32 + lane);
  };
  if (s.clocks)
    lanes([&](const ThreadState& one, std::uint32_t thread) {
      merge(all, one.clock);
      all.resize(std::max<std::size_t>(all.size(), block->threads), 0);
      all[thread] = one.segment;
    });
  lanes([&](ThreadState& one, std::uint32_t thread) {
    one.sync = s.syncs;
    one.clock = all;
    start_segment(thread);
  });
}

bool launch_is_checked() { return state().checked; }

void fiber_stack(const void* low, std::size_t bytes) {
  state().stack = static_cast<const std::byte*>(low);
  state().stack_bytes = bytes;
}

void atomic(const void* address, std::size_t bytes, Site site) {
  State& s = state();
  if (!s.checked) return;
  const Away away;
  instruction(address, bytes, true, true, site);
  ThreadState& me = s.threads[self->linear];
  auto& list = s.released[address];
  me.seen.insert(me.seen.end(), list.begin(), list.end());
  if (me.fence_segment > 0) list.push_back({block->linear, {self->linear, me.fence_segment, me.fence_barrier}});
}

void fence() {
  State& s = state();
  if (!s.checked) return;
  const Away away;
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

void keep_clocks() { state().clocks = true; }

void merge(Clock& into, const Clock& from) {
  if (into.size() < from.size()) into.resize(from.size(), 0);
  for (std::size_t thread = 0; thread < from.size(); ++thread) into[thread] = std::max(into[thread], from[thread]);
}

void release(Clock& into) {
  State& s = state();
  if (!s.checked) return;
  ThreadState& me = s.threads[self->linear];
  merge(into, me.clock);
  into.resize(std::max<std::size_t>(into.size(), block->threads), 0);
  into[self->linear] = me.segment;
  start_segment(self->linear);
}

void write_asynchronously(const void* address, std::size_t bytes, Site site, Clock& into) {
  State& s = state();
  if (!s.checked) return;
  ThreadState& me = s.threads[self->linear];
  const std::uint32_t own = me.segment, thread = self->linear + block->threads;
  me.segment = new_segment({block->linear, thread, Segment::flying, Segment::flying});
  s.flying.push_back(me.segment);
  into.resize(std::size_t{2} * block->threads, 0);
  into[thread] = me.segment;
  wrote(address, bytes, site);
  me.segment = own;
}

void acquire(const Clock& from) {
  State& s = state();
  if (!s.checked) return;
  merge(s.threads[self->linear].clock, from);
  std::erase_if(s.flying, [&](std::uint32_t number) { // barriers that are still to come order it like any other
    Segment& segment = s.segments[number - s.first];
    const bool landed = segment.thread < from.size() && number <= from[segment.thread];
    if (landed) segment.barrier = s.barriers;
    return landed;
  });
}

void read(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, false, false, site); }
void wrote(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, true, false, site); }
void asynchronous_issue(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }
void asynchronous_done(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }

} // namespace assay::simt::access
