#include "kernels/simt/warpgroup.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/execution.hpp"

namespace assay::simt::warpgroup {
namespace {

constexpr unsigned depth = 16, rows_of_warp = 16, warps = 4; // depth: of one product
constexpr std::size_t row_bytes = 128, piece_bytes = 16, address_limit = 1u << 18;

using Sums = std::vector<float>; // of all lanes

struct Operation {
  Product product;
  std::uint64_t a, b;
  unsigned first_row;
  std::array<float*, warp_size> d;
  std::shared_ptr<Sums> sums; // shared by operations in flight on the same accumulators
  Site site;
};

struct Warp {
  bool fenced = false;
  std::vector<Operation> open; // not yet in a group
  std::deque<std::vector<Operation>> groups;
  template <class F> void each(F visit) {
    for (std::vector<Operation>& group : groups)
      for (Operation& one : group) visit(one);
    for (Operation& one : open) visit(one);
  }
};

std::vector<Warp>& all_warps() {
  static std::vector<Warp>& list = *new std::vector<Warp>;
  return list;
}

struct Operand {
  std::size_t start, leading, stride;
  explicit Operand(std::uint64_t bits)
      : start((bits & 0x3fff) << 4), leading((bits >> 16 & 0x3fff) << 4), stride((bits >> 32 & 0x3fff) << 4) {}

  // Eight elements that lie together, the first of which is (mn, k); the other of the two indices runs.
  const std::byte* piece(unsigned mn, unsigned k, bool mn_major, Site site) const {
    std::size_t at = mn_major ? start + mn % 64 * 2 + mn / 64 * leading + k % 8 * row_bytes + k / 8 * stride
                              : start + k * 2 + mn % 8 * row_bytes + mn / 8 * stride;
    at ^= at / row_bytes % 8 * piece_bytes;
    const void* const memory = shared_pointer(static_cast<std::uint32_t>(at), piece_bytes, site);
    access::read(memory, piece_bytes, site);
    return static_cast<const std::byte*>(memory);
  }

  // values[k * count + mn]
  std::vector<float> values(Half type, unsigned first, unsigned count, bool mn_major, Site site) const {
    std::vector<float> result(std::size_t{depth} * count);
    const auto element = [&](const std::byte* memory, unsigned i) {
      std::uint16_t bits;
      std::memcpy(&bits, memory + 2 * i, sizeof bits);
      return widened(type, bits);
    };
    if (mn_major)
      for (unsigned k = 0; k < depth; ++k)
        for (unsigned mn = 0; mn < count; mn += 8) {
          const std::byte* const memory = piece(first + mn, k, true, site);
          for (unsigned i = 0; i < 8; ++i) result[k * count + mn + i] = element(memory, i);
        }
    else
      for (unsigned mn = 0; mn < count; ++mn)
        for (unsigned k = 0; k < depth; k += 8) {
          const std::byte* const memory = piece(first + mn, k, false, site);
          for (unsigned i = 0; i < 8; ++i) result[(k + i) * count + mn] = element(memory, i);
        }
    return result;
  }
};

void compute(const Operation& one) {
  const unsigned n = one.product.n;
  const std::vector<float> a = Operand(one.a).values(one.product.type, one.first_row, rows_of_warp, false, one.site);
  const std::vector<float> b = Operand(one.b).values(one.product.type, 0, n, one.product.transposed, one.site);
  std::vector<unsigned> order(depth);
  std::iota(order.begin(), order.end(), 0u);
  if (block->stream->options.perturb) shuffle(order, execution->dice);
  for (unsigned lane = 0; lane < warp_size; ++lane)
    for (unsigned i = 0; i < n / 2; ++i) {
      const unsigned row = lane / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
      float& sum = (*one.sums)[std::size_t{lane} * (n / 2) + i];
      if (!one.product.accumulate) sum = 0;
      for (const unsigned k : order) sum = std::fma(a[k * rows_of_warp + row], b[k * n + column], sum);
    }
}

void hand_over(const Operation& one) {
  const std::size_t count = one.product.n / 2;
  for (std::size_t lane = 0; lane < warp_size; ++lane)
    std::copy_n(one.sums->begin() + static_cast<std::ptrdiff_t>(lane * count), count, one.d[lane]);
}

// Reads the operands without using them: they must not change from here to the wait.
void look_at_operands(const Operation& one) {
  Operand(one.a).values(one.product.type, one.first_row, rows_of_warp, false, one.site);
  Operand(one.b).values(one.product.type, 0, one.product.n, one.product.transposed, one.site);
}

void issue(Warp& warp, Operation one) {
  if (!block->stream->options.late) {
    compute(one);
    hand_over(one);
    return;
  }
  look_at_operands(one);
  warp.each([&](const Operation& other) {
    if (other.d[0] == one.d[0]) one.sums = other.sums;
  });
  for (float* const d : one.d) std::fill_n(d, one.product.n / 2, std::numeric_limits<float>::quiet_NaN());
  warp.open.push_back(std::move(one));
}

void finish_oldest(Warp& warp) {
  const std::vector<Operation> group = std::move(warp.groups.front());
  warp.groups.pop_front();
  for (const Operation& one : group) compute(one);
  for (const Operation& one : group) {
    bool more = false;
    warp.each([&](const Operation& other) { more = more || other.sums == one.sums; });
    if (!more) hand_over(one);
  }
}

// What all lanes of the running thread's warp do together.
template <class F> void together(const char* what, Site site, bool orders_memory, F act) {
  int nothing = 0;
  collective(
      ~0u, site, what, nothing, [&](const std::array<int*, warp_size>&) { act(all_warps()[self->warp]); }, orders_memory);
}

} // namespace

void begin_block() { all_warps().assign((block->threads + warp_size - 1) / warp_size, {}); }

void end_block() {
  for (Warp& warp : all_warps())
    warp.each([](const Operation& one) {
      fail_block(Finding::pending, one.site, "a wgmma is in flight when its block ends: commit it and wait");
    });
}

std::uint64_t descriptor(const void* tile, std::size_t offset, std::size_t leading, std::size_t stride, Site site) {
  const access::Away away;
  const std::size_t at = shared_offset(tile, site);
  if (at % (8 * row_bytes) != 0) fail(Finding::misaligned, site, "wgmma: a tile at no multiple of 1024 bytes of shared memory");
  if (at + offset >= address_limit || leading >= address_limit || stride >= address_limit)
    fail(Finding::unsupported, site, "wgmma: an address or a distance that does not fit its descriptor");
  constexpr std::uint64_t swizzle_128 = 1;
  return (at + offset) >> 4 | std::uint64_t{leading >> 4} << 16 | std::uint64_t{stride >> 4} << 32 | swizzle_128 << 62;
}

void fence(Site site) {
  const access::Away away;
  together("wgmma.fence", site, false, [](Warp& warp) { warp.fenced = true; });
}

void multiply(const Product& product, std::uint64_t a, std::uint64_t b, float* d, Site site) {
  const access::Away away;
  if (block->threads < warps * warp_size * (self->warp / warps + 1))
    fail(Finding::unsupported, site, fmt::format("wgmma: warp {} is not in a group of four", self->warp));
  struct Lane {
    std::uint64_t a, b;
    float* d;
  } mine{a, b, d};
  collective(~0u, site, "wgmma", mine, [&](const std::array<Lane*, warp_size>& lanes) {
    Warp& warp = all_warps()[self->warp];
    if (!warp.fenced) fail(Finding::unsupported, site, "wgmma without wgmma.fence since the start or the last wait");
    Operation one{product, a, b, self->warp % warps * rows_of_warp, {}, std::make_shared<Sums>(), site};
    for (std::size_t lane = 0; lane < warp_size; ++lane) {
      if (lanes[lane]->a != a || lanes[lane]->b != b) fail(Finding::collective, site, "wgmma: lanes bring different descriptors");
      one.d[lane] = lanes[lane]->d;
      one.sums->insert(one.sums->end(), one.d[lane], one.d[lane] + product.n / 2);
    }
    issue(warp, std::move(one));
  });
}

void commit(Site site) {
  const access::Away away;
  together("wgmma.commit_group", site, false, [](Warp& warp) { warp.groups.push_back(std::exchange(warp.open, {})); });
}

// Orders memory: what the product has read may be overwritten by whoever any lane tells so.
void wait(std::size_t pending, Site site) {
  const access::Away away;
  together("wgmma.wait_group", site, true, [&](Warp& warp) {
    while (warp.groups.size() > pending) finish_oldest(warp);
    warp.fenced = false;
  });
}

} // namespace assay::simt::warpgroup
