#include "kernels/simt/async.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/memory.hpp"

namespace assay::simt::async {
namespace {

struct Copy {
  std::byte* to;
  const std::byte* from;
  std::size_t bytes, source_bytes;
  Site site;
};

struct Copies {           // of one thread
  std::vector<Copy> open; // not yet in a group
  std::deque<std::vector<Copy>> groups;
};

std::vector<Copies>& threads() {
  static std::vector<Copies>& list = *new std::vector<Copies>;
  return list;
}

void complete(const Copy& copy) {
  access::read(copy.from, copy.source_bytes, copy.site);
  access::asynchronous_done(copy.to, copy.bytes, copy.site);
  std::memcpy(copy.to, copy.from, copy.source_bytes);
  std::memset(copy.to + copy.source_bytes, 0, copy.bytes - copy.source_bytes);
}

} // namespace

void begin_block() { threads().assign(block->threads, {}); }

void end_block() { threads().clear(); }

void copy(void* to, const void* from, std::size_t bytes, std::size_t source_bytes, Site site) {
  const access::Away away;
  if (!is_shared(to, bytes)) fail(Finding::outside, site, "an asynchronous copy to what is no shared memory, or past its end");
  if (source_bytes > bytes)
    fail(Finding::unsupported, site, fmt::format("an asynchronous copy of {} out of {} bytes", source_bytes, bytes));
  if (source_bytes > 0 && live_bytes(from) < source_bytes)
    fail(Finding::outside, site,
         fmt::format("an asynchronous copy of {} bytes, of which {} are device memory", source_bytes, live_bytes(from)));
  if (reinterpret_cast<std::uintptr_t>(to) % bytes != 0 || reinterpret_cast<std::uintptr_t>(from) % bytes != 0)
    fail(Finding::misaligned, site,
         fmt::format("an asynchronous copy of {} bytes between addresses that are no multiples of {}", bytes, bytes));
  const Copy one{static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes, source_bytes, site};
  if (!block->stream->options.late) {
    complete(one);
    return;
  }
  access::asynchronous_issue(to, bytes, site);
  std::memset(to, 0xFF, bytes);
  threads()[self->linear].open.push_back(one);
}

void commit() {
  const access::Away away;
  Copies& mine = threads()[self->linear];
  mine.groups.push_back(std::exchange(mine.open, {}));
}

void wait(std::size_t pending, Site) {
  const access::Away away;
  Copies& mine = threads()[self->linear];
  for (; mine.groups.size() > pending; mine.groups.pop_front())
    for (const Copy& one : mine.groups.front()) complete(one);
}

} // namespace assay::simt::async
