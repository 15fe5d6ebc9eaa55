#include "kernels/simt/registers.hpp"

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/execution.hpp"

namespace assay::simt::registers {
namespace {

constexpr unsigned of_multiprocessor = 65536;
constexpr std::size_t warps_of_group = 4;

struct Trade {
  unsigned from, to;
  bool operator==(const Trade&) const = default;
};
struct Warp {
  unsigned each = 0; // registers of a thread; 0 while nobody has said
  std::vector<Trade> trades;
  Site site{}; // of the last one
};
struct Registers {
  std::vector<Warp> warps;
  unsigned free = 0;
};

Registers& registers() {
  static Registers& only = *new Registers;
  return only;
}

} // namespace

void begin_block() {
  registers().warps.assign((block->threads + warp_size - 1) / warp_size, {});
  registers().free = 0;
}

void end_block() {
  const std::vector<Warp>& warps = registers().warps;
  for (std::size_t w = 0; w < warps.size(); ++w)
    if (const Warp& first = warps[w / warps_of_group * warps_of_group]; warps[w].trades != first.trades)
      fail_block(Finding::collective, (warps[w].trades.empty() ? first : warps[w]).site,
                 fmt::format("setmaxnreg: warp {} and the first of its group do not trade alike", w));
}

void trade(unsigned from, unsigned to, Site site) {
  const access::Away away;
  Warp& warp = registers().warps[self->warp];
  int nothing = 0;
  collective(~0u, site, "setmaxnreg", nothing, [&](const std::array<int*, warp_size>&) {
    if (from * block->threads > of_multiprocessor)
      fail(Finding::unsupported, site, fmt::format("setmaxnreg: {} threads of {} registers are too many", block->threads, from));
    if (warp.each == 0)
      for (Warp& one : registers().warps) one.each = from;
    if (warp.each != from)
      fail(Finding::unsupported, site, fmt::format("setmaxnreg: the warp has {} registers a thread, not {}", warp.each, from));
    warp.trades.push_back({from, to});
    warp.site = site;
    if (to > from) return;
    warp.each = to;
    registers().free += (from - to) * warp_size;
  });
  wait_until(site, "setmaxnreg.inc", [&] {
    if (const unsigned more = (to - from) * warp_size; warp.each != to && registers().free >= more) {
      registers().free -= more;
      warp.each = to;
    }
    return warp.each == to;
  });
}

} // namespace assay::simt::registers
