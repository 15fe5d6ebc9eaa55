#include "kernels/simt/memory.hpp"

#include <fmt/core.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <new>

#include "kernels/simt/access.hpp"
#include "kernels/simt/executor.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/sanitizer.hpp"

namespace assay::simt {
namespace {

constexpr std::size_t reserved = std::size_t{1} << 38, gap = 64 << 10, page = 4096, alignment = 256;

struct Allocation {
  std::byte *mapped, *live;
  std::size_t mapped_bytes, bytes;
};

struct Range {
  std::byte* start;
  std::size_t next = gap;
  std::map<const std::byte*, Allocation> allocations; // by the first mapped byte

  Range() {
    void* memory = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    start = static_cast<std::byte*>(memory);
  }

  // The next free stretch with gaps on both sides, from where the last one ended, once around: an address is not soon used again.
  std::byte* find(std::size_t bytes) {
    for (const std::size_t from : {next, gap}) {
      std::size_t at = from;
      for (auto it = allocations.begin(); it != allocations.end(); ++it) {
        const auto low = static_cast<std::size_t>(it->first - start), high = low + it->second.mapped_bytes;
        if (high + gap <= at) continue;
        if (at + bytes + gap <= low) break;
        at = high + gap;
      }
      if (at + bytes + gap > reserved) continue;
      next = at + bytes + gap;
      return start + at;
    }
    throw std::bad_alloc();
  }

  const Allocation* holding(const void* address) const {
    const auto* at = static_cast<const std::byte*>(address);
    auto after = allocations.upper_bound(at);
    if (after == allocations.begin()) return nullptr;
    const Allocation& one = (--after)->second;
    return at >= one.live && at < one.live + one.bytes ? &one : nullptr;
  }
};

Range& range() {
  static Range& only = *new Range; // outlives every static object that holds device memory
  return only;
}

constexpr std::size_t rounded(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

void demand(const void* device, std::size_t bytes, const char* what) {
  const std::size_t live = live_bytes(device);
  if (live >= bytes) return;
  throw Error(Finding::memory, live == 0 ? fmt::format("memory: {} of {} bytes at an address that is no device memory", what, bytes)
                                         : fmt::format("memory: {} of {} bytes where the allocation has {} left", what, bytes, live));
}

} // namespace

void* allocate(std::size_t bytes, std::size_t guard) {
  const std::size_t before = rounded(guard, alignment), mapped_bytes = rounded(before + bytes + guard + 1, page);
  std::byte* const mapped = range().find(mapped_bytes);
  if (mprotect(mapped, mapped_bytes, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  range().allocations[mapped] = {mapped, mapped + before, mapped_bytes, bytes};
  access::allocated(mapped + before, bytes);
  return mapped + before;
}

void release(void* memory) {
  auto after = range().allocations.upper_bound(static_cast<const std::byte*>(memory));
  if (after == range().allocations.begin() || (--after)->second.live != memory)
    throw Error(Finding::memory, "memory: release of a pointer that allocate() did not return");
  const Allocation one = after->second;
  range().allocations.erase(after);
  access::released(one.live, one.bytes);
  mmap(one.mapped, one.mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

std::size_t live_bytes(const void* address) {
  const Allocation* const one = range().holding(address);
  return one == nullptr ? 0 : one->bytes - static_cast<std::size_t>(static_cast<const std::byte*>(address) - one->live);
}

void upload(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  demand(to, bytes, "a copy to the device");
  std::memcpy(to, from, bytes);
  access::host_wrote(to, bytes);
}

void download(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  demand(from, bytes, "a copy from the device");
  std::memcpy(to, from, bytes);
}

void fill(void* to, int byte, std::size_t bytes) {
  if (bytes == 0) return;
  demand(to, bytes, "a fill");
  std::memset(to, byte, bytes);
  access::host_wrote(to, bytes);
}

void poison(void* to, int byte, std::size_t bytes) {
  if (bytes == 0) return;
  demand(to, bytes, "a fill");
  std::memset(to, byte, bytes);
  access::host_poisoned(to, bytes);
}

namespace launching {

const std::byte* device_range(std::size_t& bytes) {
  bytes = reserved;
  return range().start;
}

void close_guards() {
  if (!sanitizer::present()) return;
  for (const auto& [start, one] : range().allocations) {
    sanitizer::poison(one.mapped, static_cast<std::size_t>(one.live - one.mapped));
    sanitizer::poison(one.live + one.bytes, one.mapped_bytes - static_cast<std::size_t>(one.live - one.mapped) - one.bytes);
  }
}

void open_guards() {
  if (!sanitizer::present()) return;
  for (const auto& [start, one] : range().allocations) sanitizer::unpoison(one.mapped, one.mapped_bytes);
}

} // namespace launching
} // namespace assay::simt
