#include <fmt/core.h>

#include "kernels/simt/access.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::simt {

std::uint64_t shuffle(unsigned mask, Site site, const char* what, std::uint64_t bits, unsigned source) {
  const access::Away away;
  struct Lane {
    std::uint64_t bits;
    unsigned source;
    std::uint64_t got;
  } mine{bits, source, bits};
  collective(mask, site, what, mine, [&](const std::array<Lane*, 32>& lanes) {
    for (unsigned lane = 0; lane < lanes.size(); ++lane) {
      if (lanes[lane] == nullptr) continue;
      const Lane* const from = lanes[lanes[lane]->source];
      if (from != nullptr)
        lanes[lane]->got = from->bits;
      else if (block->stream->options.convergence)
        fail(Finding::collective, site,
             fmt::format("{}: lane {} reads lane {}, which is outside of mask 0x{:08x}", what, lane, lanes[lane]->source, mask));
    }
  });
  return mine.got;
}

std::array<std::uint64_t, 32> gather(unsigned mask, Site site, const char* what, std::uint64_t bits) {
  const access::Away away;
  struct Lane {
    std::uint64_t bits;
    std::array<std::uint64_t, 32> all;
  } mine{bits, {}};
  collective(mask, site, what, mine, [](const std::array<Lane*, 32>& lanes) {
    for (Lane* const to : lanes)
      for (std::size_t from = 0; to != nullptr && from < lanes.size(); ++from)
        if (lanes[from] != nullptr) to->all[from] = lanes[from]->bits;
  });
  return mine.all;
}

void synchronise_warp(unsigned mask, Site site) {
  const access::Away away;
  int nothing = 0;
  collective(
      mask, site, "__syncwarp", nothing, [](const std::array<int*, 32>&) {}, true);
}

} // namespace assay::simt
