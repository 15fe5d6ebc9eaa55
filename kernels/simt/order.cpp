#include "kernels/simt/order.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernels/simt/thread.hpp"

namespace assay::simt::access {
namespace {

using order::Segment;

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
  bool clocks = false;               // the block has mbarriers
  std::vector<std::uint32_t> flying; // segments of asynchronous writes that nobody has waited for
  std::vector<Segment> segments;
  std::uint32_t first = 2; // number of segments[0]; smaller ones are of former launches
  std::vector<ThreadState> threads;
  std::uint32_t barriers = 0, syncs = 0;
  std::vector<std::pair<unsigned, unsigned>> sync_masks; // warp and mask of every __syncwarp of the block
  std::unordered_map<const void*, std::vector<std::pair<std::uint64_t, Release>>> released; // at the address of an atomic
  std::unordered_map<std::uint64_t, std::vector<Release>> known;                            // of other blocks, to this one
};

State& state() {
  static State& only = *new State;
  return only;
}

std::uint32_t new_segment(const Segment& segment) {
  state().segments.push_back(segment);
  return state().first + static_cast<std::uint32_t>(state().segments.size()) - 1;
}

void start_segment(std::uint32_t thread) {
  State& s = state();
  s.threads[thread].segment = new_segment({block->linear, thread, s.barriers, s.threads[thread].sync});
}

} // namespace

void order::begin_launch() {
  State& s = state();
  s.first += static_cast<std::uint32_t>(s.segments.size());
  s.segments.clear();
  s.released.clear();
}

std::uint32_t order::now() { return state().threads[self->linear].segment; }
order::Segment order::segment(std::uint32_t number) { return state().segments[number - state().first]; }

bool order::before_now(std::uint32_t then) {
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

void begin_block() {
  State& s = state();
  if (!launch_is_checked()) return;
  s.barriers = s.syncs = 0;
  s.clocks = false;
  s.flying.clear();
  s.sync_masks.clear();
  s.known.clear();
  s.threads.assign(block->threads, {});
  for (std::uint32_t thread = 0; thread < block->threads; ++thread) start_segment(thread);
}

void barrier_passed() {
  State& s = state();
  if (!launch_is_checked()) return;
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
  if (!launch_is_checked()) return;
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

void order::atomic(const void* address) {
  State& s = state();
  ThreadState& me = s.threads[self->linear];
  auto& list = s.released[address];
  me.seen.insert(me.seen.end(), list.begin(), list.end());
  if (me.fence_segment > 0) list.push_back({block->linear, {self->linear, me.fence_segment, me.fence_barrier}});
}

void fence() {
  State& s = state();
  if (!launch_is_checked()) return;
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
  if (!launch_is_checked()) return;
  ThreadState& me = s.threads[self->linear];
  merge(into, me.clock);
  into.resize(std::max<std::size_t>(into.size(), block->threads), 0);
  into[self->linear] = me.segment;
  start_segment(self->linear);
}

order::Flight::Flight(Clock& into) {
  State& s = state();
  ThreadState& me = s.threads[self->linear];
  own_ = me.segment;
  const std::uint32_t thread = self->linear + block->threads;
  me.segment = new_segment({block->linear, thread, Segment::flying, Segment::flying});
  s.flying.push_back(me.segment);
  into.resize(std::size_t{2} * block->threads, 0);
  into[thread] = me.segment;
}
order::Flight::~Flight() { state().threads[self->linear].segment = own_; }

void acquire(const Clock& from) {
  State& s = state();
  if (!launch_is_checked()) return;
  merge(s.threads[self->linear].clock, from);
  std::erase_if(s.flying, [&](std::uint32_t number) { // barriers that are still to come order it like any other
    Segment& segment = s.segments[number - s.first];
    const bool landed = segment.thread < from.size() && number <= from[segment.thread];
    if (landed) segment.barrier = s.barriers;
    return landed;
  });
}

} // namespace assay::simt::access
