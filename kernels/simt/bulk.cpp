#include "kernels/simt/bulk.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/execution.hpp"
#include "kernels/simt/memory.hpp"

namespace assay::simt::bulk {
namespace {

constexpr std::size_t swizzle_bytes = 128, piece_bytes = 16;

struct Barrier {
  unsigned count = 0, awaited = 0, phase = 0; // arrivals of a phase, those still to come, phases that are over
  std::int64_t bytes = 0;                     // expected and not arrived
  access::Clock arriving, over;
};

struct Load {
  TensorMap map;
  std::int64_t row, column;
  std::byte* to;
  Barrier* barrier;
  Site site;
  access::Clock issued;
};

struct InFlight {
  std::map<std::uint32_t, Barrier> barriers; // by shared address
  std::vector<Load> loads;
};

InFlight& in_flight() {
  static InFlight& only = *new InFlight;
  return only;
}

Barrier& barrier_at(void* at, Site site) {
  const auto found = in_flight().barriers.find(shared_offset(at, site));
  if (found == in_flight().barriers.end()) fail(Finding::unwritten, site, "an mbarrier that nothing has initialised");
  return found->second;
}

void turn_if_complete(Barrier& barrier) {
  if (barrier.awaited > 0 || barrier.bytes != 0) return;
  ++barrier.phase;
  barrier.awaited = barrier.count;
  access::merge(barrier.over, std::exchange(barrier.arriving, {}));
}

std::size_t box_bytes(const TensorMap& map) { return std::size_t{map.box_rows} * map.box_columns * map.element_bytes; }

void complete(const Load& load) {
  const TensorMap& map = load.map;
  for (unsigned r = 0; r < map.box_rows; ++r)
    for (unsigned c = 0; c < map.box_columns; ++c) {
      std::size_t at = (std::size_t{r} * map.box_columns + c) * map.element_bytes;
      if (map.swizzled) at ^= at / swizzle_bytes % 8 * piece_bytes;
      const std::int64_t row = load.row + r, column = load.column + c;
      const bool inside =
          row >= 0 && column >= 0 && row < static_cast<std::int64_t>(map.rows) && column < static_cast<std::int64_t>(map.columns);
      if (inside)
        std::memcpy(load.to + at,
                    map.base + static_cast<std::size_t>(row) * map.row_bytes + static_cast<std::size_t>(column) * map.element_bytes,
                    map.element_bytes);
      else
        std::memset(load.to + at, 0, map.element_bytes);
    }
  access::merge(load.barrier->arriving, load.issued);
  load.barrier->bytes -= static_cast<std::int64_t>(box_bytes(map));
  turn_if_complete(*load.barrier);
}

// The running thread reads what of the box is inside the matrix.
void read_matrix(const TensorMap& map, std::int64_t row, std::int64_t column, Site site) {
  const auto clipped = [](std::int64_t at, std::size_t end) { return std::clamp<std::int64_t>(at, 0, static_cast<std::int64_t>(end)); };
  const std::int64_t from = clipped(column, map.columns), to = clipped(column + map.box_columns, map.columns);
  for (std::int64_t r = clipped(row, map.rows); from < to && r < clipped(row + map.box_rows, map.rows); ++r) {
    const std::byte* const first =
        map.base + static_cast<std::size_t>(r) * map.row_bytes + static_cast<std::size_t>(from) * map.element_bytes;
    const std::size_t bytes = static_cast<std::size_t>(to - from) * map.element_bytes;
    if (live_bytes(first) < bytes)
      fail(Finding::outside, site,
           fmt::format("row {} of a tensor map: {} bytes, of which {} are device memory", r, bytes, live_bytes(first)));
    access::read(first, bytes, site);
  }
}

} // namespace

void begin_block() { in_flight() = {}; }

bool complete_one() {
  std::vector<Load>& loads = in_flight().loads;
  if (loads.empty()) return false;
  const auto chosen = loads.begin() + static_cast<std::ptrdiff_t>(draw() % loads.size());
  complete(*chosen);
  loads.erase(chosen);
  return true;
}

void end_block() {
  if (!in_flight().loads.empty())
    fail_block(Finding::pending, in_flight().loads.front().site, "a bulk copy is in flight when its block ends: wait for its mbarrier");
}

void init(void* barrier, unsigned count, Site site) {
  const access::Away away;
  const std::uint32_t at = shared_offset(barrier, site);
  if (at % 8 != 0) fail(Finding::misaligned, site, "an mbarrier at no multiple of 8 bytes");
  if (count == 0 || count >= 1u << 20) fail(Finding::unsupported, site, fmt::format("an mbarrier for {} arrivals; 1 to 2^20 - 1", count));
  access::keep_clocks();
  access::wrote(barrier, 8, site);
  in_flight().barriers[at] = {.count = count, .awaited = count, .arriving = {}, .over = {}};
}

void arrive(void* at, unsigned expected_bytes, Site site) {
  const access::Away away;
  Barrier& barrier = barrier_at(at, site);
  access::atomic(at, 8, site);
  access::release(barrier.arriving);
  if (barrier.awaited == 0)
    fail(Finding::collective, site, fmt::format("more than {} arrivals in one phase of an mbarrier that waits for bytes", barrier.count));
  barrier.bytes += expected_bytes;
  --barrier.awaited;
  turn_if_complete(barrier);
}

void wait(void* at, unsigned parity, Site site) {
  const access::Away away;
  const Barrier& barrier = barrier_at(at, site);
  access::atomic(at, 8, site);
  wait_until(site, "a wait for an mbarrier", [&] { return barrier.phase % 2 != parity; });
  access::acquire(barrier.over);
}

void check(const TensorMap& map) {
  const auto refuse = [](const std::string& why) { throw Error(Finding::unsupported, "unsupported: tensor map: " + why); };
  if (reinterpret_cast<std::uintptr_t>(map.base) % 16 != 0) refuse("the matrix begins at no multiple of 16 bytes");
  if (map.row_bytes % 16 != 0) refuse(fmt::format("rows are {} bytes apart; it must be a multiple of 16", map.row_bytes));
  if (map.rows == 0 || map.columns == 0) refuse("an empty matrix");
  if (map.box_rows == 0 || map.box_rows > 256 || map.box_columns == 0 || map.box_columns > 256)
    refuse(fmt::format("a box of {} x {}; 1 to 256 each", map.box_rows, map.box_columns));
  const std::size_t row = std::size_t{map.box_columns} * map.element_bytes;
  if (row % 16 != 0) refuse(fmt::format("rows of the box have {} bytes; it must be a multiple of 16", row));
  if (map.swizzled && row != swizzle_bytes) refuse(fmt::format("rows of a swizzled box have {} bytes; 128 are supported", row));
}

void load(void* to, const TensorMap& map, int row, int column, void* at, Site site) {
  const access::Away away;
  const std::size_t bytes = box_bytes(map), alignment = map.swizzled ? 8 * swizzle_bytes : swizzle_bytes;
  if (!is_shared(to, bytes))
    fail(Finding::outside, site, fmt::format("a tile of {} bytes to what is no shared memory, or past its end", bytes));
  if (shared_offset(to, site) % alignment != 0)
    fail(Finding::misaligned, site, fmt::format("a tile at no multiple of {} bytes of shared memory", alignment));
  if (static_cast<std::int64_t>(column) * static_cast<std::int64_t>(map.element_bytes) % 16 != 0)
    fail(Finding::misaligned, site, fmt::format("a tile from column {}, which is at no multiple of 16 bytes of its row", column));
  Barrier& barrier = barrier_at(at, site);
  access::atomic(at, 8, site);
  read_matrix(map, row, column, site);
  Load one{map, row, column, static_cast<std::byte*>(to), &barrier, site, {}};
  access::write_asynchronously(to, bytes, site, one.issued);
  if (!block->stream->options.late) {
    complete(one);
    return;
  }
  std::memset(to, 0xFF, bytes);
  in_flight().loads.push_back(std::move(one));
}

} // namespace assay::simt::bulk
