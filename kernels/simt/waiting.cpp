// Where threads wait for one another: the block at a barrier, lanes of a warp in a collective, one thread for what it needs.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "kernels/simt/access.hpp"
#include "kernels/simt/execution.hpp"
#include "kernels/simt/locate.hpp"

namespace assay::simt {
namespace {

const Options& options() { return execution->stream->options; }

// The running thread goes to sleep; whoever makes it ready again has set its state.
void sleep(State state, Site site, const char* what) {
  Running& me = *execution->running;
  me.state = state;
  me.site = site;
  me.what = what;
  me.fiber->suspend();
}

void wake_barrier() {
  Execution& e = *execution;
  e.result = {e.nonzero, e.nonzero == static_cast<int>(e.arrived), e.nonzero > 0};
  e.arrived = 0;
  e.nonzero = 0;
  for (Running& thread : e.threads)
    if (thread.state == State::barrier) thread.state = State::ready;
  access::barrier_passed();
}

unsigned live_lanes(unsigned warp) {
  unsigned lanes = 0;
  for (const Running& thread : lanes_of(warp))
    if (thread.state != State::done) lanes |= 1u << thread.thread.lane;
  return lanes;
}

void finish(unsigned warp, std::size_t index, void (*all)(const Payloads&, void*), void* context, bool orders_memory) {
  std::vector<Meeting>& list = execution->meetings[warp];
  const Meeting meeting = list[index];
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
  all(meeting.payloads, context);
  if (orders_memory) access::warp_synchronised(warp, meeting.mask);
  for (Running& thread : lanes_of(warp))
    if (thread.state == State::collective && (meeting.arrived >> thread.thread.lane & 1) != 0) thread.state = State::ready;
}

} // namespace

std::span<Running> lanes_of(unsigned warp) {
  const std::size_t first = std::size_t{warp} * warp_size;
  return std::span(execution->threads).subspan(first, std::min<std::size_t>(warp_size, execution->threads.size() - first));
}

void returned(Running& gone) {
  Execution& e = *execution;
  gone.state = State::done;
  --e.live;
  if (e.arrived > 0) {
    if (options().convergence)
      fail_block(Finding::divergence, e.barrier_site,
                 fmt::format("thread {} has returned while {} wait at this barrier", text(gone.thread.index), e.arrived));
    if (e.arrived == e.live) wake_barrier();
  }
  for (const Meeting& meeting : e.meetings[gone.thread.warp])
    if ((meeting.mask >> gone.thread.lane & 1) != 0 && options().convergence)
      fail_block(
          Finding::collective, meeting.site,
          fmt::format("lane {} of mask 0x{:08x} has returned while others wait in {}", gone.thread.lane, meeting.mask, meeting.what));
}

bool may_run(Running& thread) {
  if (thread.state == State::waiting) {
    self = &thread.thread;
    if (thread.ready(thread.context)) thread.state = State::ready;
    self = nullptr;
  }
  return thread.state == State::ready;
}

void deadlock() {
  const Execution& e = *execution;
  const auto first = std::find_if(e.threads.begin(), e.threads.end(), [](const Running& thread) { return thread.state != State::done; });
  std::string where;
  std::vector<const Running*> seen;
  for (const Running& thread : e.threads) {
    if (thread.state == State::done ||
        std::any_of(seen.begin(), seen.end(), [&](const Running* one) { return same(one->site, thread.site); }))
      continue;
    seen.push_back(&thread);
    where +=
        fmt::format("{}thread {} waits in {} at {}", where.empty() ? "" : ", ", text(thread.thread.index), thread.what, text(thread.site));
  }
  fail_block(Finding::deadlock, first->site, "no thread can go on: " + where);
}

std::string text(Extent at) { return fmt::format("({},{},{})", at.x, at.y, at.z); }
std::string text(Site site) { return site.file == nullptr ? std::string("unknown line") : fmt::format("{}:{}", site.file, site.line); }
bool same(Site a, Site b) { return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0); }

void fail_block(Finding finding, Site site, const std::string& detail) {
  throw Error(finding, fmt::format("{}: {}, block {}, {}: {}", name_of(finding), kernel_name(execution->kernel),
                                   text(execution->current.index), text(site), detail));
}

void fail(Finding finding, Site site, const std::string& detail) {
  if (execution == nullptr || self == nullptr) throw Error(finding, fmt::format("{}: {}: {}", name_of(finding), text(site), detail));
  throw Error(finding, fmt::format("{}: {}, block {}, thread {}, {}: {}", name_of(finding), kernel_name(execution->kernel),
                                   text(execution->current.index), text(self->index), text(site), detail));
}

BarrierResult barrier(Site site, bool value) {
  const access::Away away;
  Execution& e = *execution;
  ++e.stream->barriers;
  if (options().convergence) {
    if (e.live < e.current.threads)
      fail(Finding::divergence, site, fmt::format("{} threads of the block have returned before this barrier", e.current.threads - e.live));
    if (e.arrived > 0 && !same(site, e.barrier_site))
      fail(Finding::divergence, site, fmt::format("{} threads wait at another barrier, {}", e.arrived, text(e.barrier_site)));
  }
  if (e.arrived++ == 0) e.barrier_site = site;
  e.nonzero += value ? 1 : 0;
  if (e.arrived == e.live) {
    e.running->state = State::ready;
    wake_barrier();
    // The last one to arrive goes to sleep too: it is not ahead of the others.
    sleep(State::ready, site, "a barrier");
  } else
    sleep(State::barrier, site, "a barrier");
  return e.result;
}

void collective(unsigned mask, Site site, const char* what, void* payload, void (*all)(const Payloads&, void*), void* context,
                bool orders_memory) {
  const access::Away away;
  Execution& e = *execution;
  Running& me = *e.running;
  const unsigned lane = me.thread.lane, bit = 1u << lane;
  ++e.stream->collectives;
  std::vector<Meeting>& list = e.meetings[me.thread.warp];
  if (options().convergence) {
    if ((mask & bit) == 0) fail(Finding::collective, site, fmt::format("{}: lane {} is not in its mask 0x{:08x}", what, lane, mask));
    if (const unsigned gone = mask & ~live_lanes(me.thread.warp); gone != 0)
      fail(Finding::collective, site, fmt::format("{}: lanes 0x{:08x} of mask 0x{:08x} have returned or do not exist", what, gone, mask));
    for (const Meeting& other : list)
      if ((other.mask & mask) != 0 && (other.mask != mask || !same(other.site, site) || std::strcmp(other.what, what) != 0))
        fail(Finding::collective, site,
             fmt::format("{}, mask 0x{:08x}, while lanes 0x{:08x} wait in {}, mask 0x{:08x}, at {}", what, mask, other.arrived, other.what,
                         other.mask, text(other.site)));
  } else
    mask |= bit;
  auto meeting = std::find_if(list.begin(), list.end(), [&](const Meeting& one) {
    return (one.arrived & bit) == 0 && std::strcmp(one.what, what) == 0 &&
           (options().convergence ? one.mask == mask : (one.mask & mask) != 0);
  });
  if (meeting == list.end()) meeting = list.insert(list.end(), {mask, 0, site, what});
  meeting->mask |= mask;
  meeting->arrived |= bit;
  meeting->payloads[lane] = payload;
  const unsigned awaited = options().convergence ? mask : meeting->mask & live_lanes(me.thread.warp);
  if ((meeting->arrived & awaited) == awaited) {
    me.state = State::collective;
    finish(me.thread.warp, static_cast<std::size_t>(meeting - list.begin()), all, context, orders_memory);
    sleep(State::ready, site, what);
  } else
    sleep(State::collective, site, what);
}

void wait_until(Site site, const char* what, bool (*ready)(void*), void* context) {
  const access::Away away;
  if (ready(context)) return;
  Running& me = *execution->running;
  me.ready = ready;
  me.context = context;
  sleep(State::waiting, site, what);
}

} // namespace assay::simt
