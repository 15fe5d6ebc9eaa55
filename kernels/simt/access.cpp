#include "kernels/simt/access.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

#include "kernels/simt/access_hooks.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/locate.hpp"
#include "kernels/simt/order.hpp"
#include "kernels/simt/shadow.hpp"
#include "kernels/simt/thread.hpp"

extern "C" const char __executable_start, _end; // of the linker

namespace assay::simt::access {

bool active = false;

namespace {

struct State {
  bool checked = false, report = false;
  std::vector<Site> sites; // of instructions that know theirs
  const std::byte *stack = nullptr, *arguments = nullptr;
  std::size_t stack_bytes = 0, argument_bytes = 0;
};

State& state() {
  static State& only = *new State;
  return only;
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
  const order::Segment old = order::segment(other.segment);
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
  const std::uint32_t now = order::now();
  const Toucher me{now, deed.code | (deed.atomic ? Cell::atomic_bit : 0)};
  if (cell.writer.segment == nobody && (!deed.writes || deed.atomic))
    complain(Finding::unwritten, deed, fmt::format("reads byte {} of {} bytes that nothing has written", offset, bytes));
  if (cell.writer.segment != now && !(deed.atomic && cell.atomic()) && !order::before_now(cell.writer.segment))
    race(deed, cell.writer, true, offset, bytes);
  if (deed.writes) {
    for (const Toucher& reader : cell.readers)
      if (reader.segment != now && !order::before_now(reader.segment)) race(deed, reader, false, offset, bytes);
    cell = {me, {}};
    return;
  }
  for (Toucher& reader : cell.readers)
    if (reader.segment == now || order::before_now(reader.segment)) {
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
  if (checked) order::begin_launch();
}

void arguments(const void* memory, std::size_t bytes) {
  state().arguments = static_cast<const std::byte*>(memory);
  state().argument_bytes = bytes;
}

void end_launch() { state().checked = false; }
bool launch_is_checked() { return state().checked; }

void shared_allocated(const void* memory, std::size_t bytes) {
  if (!state().checked) return;
  Memory& shared = shared_shadow();
  std::fill_n(shared.cells + (static_cast<const std::byte*>(memory) - shared.low), bytes, Cell{});
}

void fiber_stack(const void* low, std::size_t bytes) {
  state().stack = static_cast<const std::byte*>(low);
  state().stack_bytes = bytes;
}

void atomic(const void* address, std::size_t bytes, Site site) {
  if (!state().checked) return;
  const Away away;
  instruction(address, bytes, true, true, site);
  order::atomic(address);
}

void write_asynchronously(const void* address, std::size_t bytes, Site site, Clock& into) {
  if (!state().checked) return;
  const order::Flight flight(into);
  wrote(address, bytes, site);
}

void read(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, false, false, site); }
void wrote(const void* address, std::size_t bytes, Site site) { instruction(address, bytes, true, false, site); }
void asynchronous_issue(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }
void asynchronous_done(const void* to, std::size_t bytes, Site site) { wrote(to, bytes, site); }

} // namespace assay::simt::access
