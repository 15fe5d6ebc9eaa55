// What the code of a kernel stands on while the executor runs it: the running thread, the operations at which it waits for
// others, and the block's shared memory. kernels/simt/intrinsics.hpp and kernels/device/ give these CUDA's names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/simt/executor.hpp"

namespace assay::simt {

struct Thread {
  Extent index{0, 0, 0};
  unsigned linear = 0, lane = 0, warp = 0; // in the block
};

struct Block {
  Extent index{0, 0, 0};
  Grid grid;
  std::uint64_t linear = 0;
  Stream* stream = nullptr;
  unsigned threads = 0;
};

// Of the running thread; null outside of launches. One operating-system thread runs all, so these are plain variables.
extern const Thread* self;
extern const Block* block;

// Of the running thread, for which they never change.
[[gnu::const]] Extent thread_index();
[[gnu::const]] Extent block_index();
[[gnu::const]] Extent block_shape();
[[gnu::const]] Extent grid_shape();
[[gnu::const]] unsigned lane();

inline Site here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) { return {file, line}; }

// Ends the launch with an Error about the running thread. `detail` says what is wrong and, where that helps, what to do.
[[noreturn]] void fail(Finding finding, Site site, const std::string& detail);

// Waits for all threads of the block. The reduction of `value` over them comes back: sum, and (all nonzero), or (any nonzero).
struct BarrierResult {
  int count = 0; // nonzero values
  bool all = true, any = false;
};
BarrierResult barrier(Site site, bool value = false);

// All lanes of `mask` meet; the last to arrive runs all(payloads), where payloads[lane] is what that lane brought and null for lanes
// outside of the mask. Shuffles do not order memory; `orders_memory` is for __syncwarp and the operations that the PTX ISA says do.
using Payloads = std::array<void*, 32>;
void collective(unsigned mask, Site site, const char* what, void* payload, void (*all)(const Payloads&, void* context), void* context,
                bool orders_memory = false);

template <class P, class F> void collective(unsigned mask, Site site, const char* what, P& payload, F all, bool orders_memory = false) {
  collective(
      mask, site, what, &payload,
      [](const Payloads& list, void* context) {
        std::array<P*, 32> typed{};
        for (std::size_t lane = 0; lane < 32; ++lane) typed[lane] = static_cast<P*>(list[lane]);
        (*static_cast<F*>(context))(typed);
      },
      &all, orders_memory);
}

// The forms of it that kernels' headers call. They are not templates: kernels are instrumented, and what lanes hand each other lies on
// stacks that are not theirs.
std::uint64_t shuffle(unsigned mask, Site site, const char* what, std::uint64_t bits, unsigned source); // of the lane `source`
std::array<std::uint64_t, 32> gather(unsigned mask, Site site, const char* what, std::uint64_t bits);   // of all lanes; 0 outside mask
void synchronise_warp(unsigned mask, Site site);

// Lets other threads run until ready() holds: every spin loop of a kernel goes through it. Deadlock is reported at `site`.
void wait_until(Site site, const char* what, bool (*ready)(void* context), void* context);

template <class F> void wait_until(Site site, const char* what, F ready) {
  wait_until(
      site, what, [](void* context) { return (*static_cast<F*>(context))(); }, &ready);
}

// Static shared memory: the same bytes for the same key in all threads of a block.
void* shared_static(const void* key, std::size_t bytes, std::size_t alignment, Site site);
// The thread's next piece of dynamic shared memory. Threads take the same pieces in the same order. On a device the pieces lie
// one after another; here red zones of at least 64 bytes lie between them, and the packed sizes are held against what was asked
// for at the launch.
void* shared_dynamic(std::size_t bytes, std::size_t alignment, Site site);

// Shared-memory addresses as instructions take them: offsets into the block's arena, which is 1024-aligned. Errors for
// pointers and offsets that are not inside a live shared allocation.
std::uint32_t shared_offset(const void* pointer, Site site);
void* shared_pointer(std::uint32_t offset, std::size_t bytes, Site site);
// Whether all of [address, address + bytes) is inside one live shared allocation of the block.
bool is_shared(const void* address, std::size_t bytes);

// A number drawn from the stream's seed: the same at the same place of the same run. For late completion and perturbation.
std::uint64_t draw();
// x (1 + error), |error| <= relative, drawn when perturbation is on; else x.
float perturbed(float x, float relative);

} // namespace assay::simt
