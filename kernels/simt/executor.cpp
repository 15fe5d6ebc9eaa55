#include "kernels/simt/executor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/async.hpp"
#include "kernels/simt/fibers.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/locate.hpp"
#include "kernels/simt/thread.hpp"

namespace assay::simt {

const Thread* self = nullptr;
const Block* block = nullptr;

namespace {

constexpr unsigned warp_size = 32, most_threads = 1024;

// splitmix64: the same numbers on every machine.
struct Dice {
  std::uint64_t state = 0;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
};

template <class T> void shuffle(std::vector<T>& list, Dice& dice) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[dice.below(i)]);
}

enum class State : std::uint8_t { ready, barrier, collective, waiting, done };

struct Meeting { // of lanes of one warp
  unsigned mask, arrived;
  Site site;
  const char* what;
  Payloads payloads{};
};

struct Running {
  Thread thread;
  Fiber* fiber = nullptr;
  State state = State::ready;
  Site site{};
  const char* what = "";
  bool (*ready)(void*) = nullptr;
  void* context = nullptr;
};

struct Execution {
  Stream* stream = nullptr;
  const void* kernel = nullptr;
  bool checked = false;
  Block current;
  Dice dice;
  std::vector<Running> threads;
  std::vector<std::vector<Meeting>> meetings; // of each warp
  unsigned live = 0, arrived = 0;             // threads that have not returned; at the barrier
  Site barrier_site{};
  int nonzero = 0;
  BarrierResult result; // of the last barrier that all have reached
  Running* running = nullptr;
  std::exception_ptr parked; // found by a thread that cannot throw
};

Execution* execution = nullptr;

std::vector<Fiber*>& fibers() {
  static std::vector<Fiber*>& pool = *new std::vector<Fiber*>;
  return pool;
}

// Their stacks are lost, but known.
std::vector<Fiber*>& parked_fibers() {
  static std::vector<Fiber*>& list = *new std::vector<Fiber*>;
  return list;
}

const Options& options() { return execution->stream->options; }

std::string text(Extent at) { return fmt::format("({},{},{})", at.x, at.y, at.z); }
std::string text(Site site) { return site.file == nullptr ? std::string("unknown line") : fmt::format("{}:{}", site.file, site.line); }
bool same(Site a, Site b) { return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0); }

std::string of_kernel() { return kernel_name(execution->kernel); }

[[noreturn]] void fail_block(Finding finding, Site site, const std::string& detail) {
  throw Error(finding,
              fmt::format("{}: {}, block {}, {}: {}", name_of(finding), of_kernel(), text(execution->current.index), text(site), detail));
}

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

std::span<Running> lanes_of(unsigned warp) {
  const std::size_t first = std::size_t{warp} * warp_size;
  return std::span(execution->threads).subspan(first, std::min<std::size_t>(warp_size, execution->threads.size() - first));
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

// A thread has returned: who waits for it?
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

void run(Running& thread) {
  Execution& e = *execution;
  e.running = &thread;
  self = &thread.thread;
  if (e.checked) access::fiber_stack(thread.fiber->stack(), Fiber::stack_bytes());
  access::resume();
  thread.fiber->resume();
  access::suspend();
  if (e.parked) {
    parked_fibers().push_back(std::exchange(*std::find(fibers().begin(), fibers().end(), thread.fiber), new Fiber));
    thread.fiber = nullptr;
    std::rethrow_exception(e.parked);
  }
  self = nullptr;
  if (!thread.fiber->busy()) returned(thread);
}

bool may_run(Running& thread) {
  if (thread.state == State::waiting) {
    self = &thread.thread;
    if (thread.ready(thread.context)) thread.state = State::ready;
    self = nullptr;
  }
  return thread.state == State::ready;
}

// Runs every thread that can go on, in the order of the schedule. Returns whether any could.
bool pass(std::vector<unsigned>& order) {
  Execution& e = *execution;
  const Order kind = options().order;
  bool any = false;
  if (kind == Order::warp_greedy) {
    std::vector<unsigned> able; // warps
    for (Running& thread : e.threads)
      if (may_run(thread) && (able.empty() || able.back() != thread.thread.warp)) able.push_back(thread.thread.warp);
    if (able.empty()) return false;
    const unsigned chosen = able[e.dice.below(able.size())];
    for (bool again = true; again;) {
      again = false;
      for (Running& thread : lanes_of(chosen))
        if (may_run(thread)) {
          run(thread);
          again = true;
        }
    }
    return true;
  }
  if (kind == Order::random) shuffle(order, e.dice);
  for (const unsigned index : order)
    if (may_run(e.threads[index])) {
      run(e.threads[index]);
      any = true;
    }
  return any;
}

[[noreturn]] void deadlock() {
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

void run_block(void (*body)(void*), void* arguments) {
  Execution& e = *execution;
  const unsigned count = e.current.threads;
  while (fibers().size() < count) fibers().push_back(new Fiber);
  const Extent shape = e.current.grid.threads;
  e.threads.assign(count, {});
  e.meetings.assign((count + warp_size - 1) / warp_size, {});
  for (unsigned i = 0; i < count; ++i) {
    Running& thread = e.threads[i];
    thread.thread = {{i % shape.x, i / shape.x % shape.y, i / (shape.x * shape.y)}, i, i % warp_size, i / warp_size};
    thread.fiber = fibers()[i];
    thread.fiber->begin(body, arguments);
  }
  e.live = count;
  e.arrived = 0;
  e.nonzero = 0;
  const bool odd = options().seed % 2 != 0;
  launching::begin_shared(!options().poison ? std::byte{0} : odd ? std::byte{0x5A} : std::byte{0xFF}, e.current.grid.shared, count);
  access::begin_block();
  async::begin_block();
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (options().order == Order::descending) std::reverse(order.begin(), order.end());
  while (e.live > 0) {
    const bool ran = pass(order);
    if (!async::pass(!ran) && !ran) deadlock();
  }
  async::end_block();
  launching::end_shared();
  ++e.stream->blocks;
}

// What has to be undone however a launch ends.
struct Guard {
  explicit Guard(Execution& e) {
    execution = &e;
    block = &e.current;
    launching::close_guards();
    access::begin_launch(e.checked, e.stream->options.access);
  }
  ~Guard() {
    for (Running& thread : execution->threads)
      if (thread.fiber != nullptr) {
        execution->running = &thread;
        self = &thread.thread; // destructors of the kernel may look
        thread.fiber->abandon();
      }
    access::end_launch();
    launching::close_shared();
    launching::open_guards();
    execution = nullptr;
    block = nullptr;
    self = nullptr;
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
};

std::uint64_t volume(Extent e) { return std::uint64_t{e.x} * e.y * e.z; }

void check_shape(const Grid& grid, const void* kernel) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Finding::launch, fmt::format("launch: {}: {}", kernel_name(kernel), why));
  };
  if (volume(grid.threads) == 0 || volume(grid.threads) > most_threads)
    refuse(fmt::format("{} threads a block; 1 to {} are possible", volume(grid.threads), most_threads));
  if (grid.threads.z > 64) refuse(fmt::format("{} threads in z; at most 64", grid.threads.z));
  if (volume(grid.blocks) == 0) refuse("an empty grid");
  if (grid.blocks.x > 0x7fffffffu || grid.blocks.y > 0xffffu || grid.blocks.z > 0xffffu)
    refuse(fmt::format("a grid of {}", text(grid.blocks)));
}

} // namespace

std::string_view name_of(Order order) {
  constexpr std::string_view names[] = {"ascending", "descending", "random", "warp-greedy"};
  return names[static_cast<std::size_t>(order)];
}

std::string_view name_of(Finding finding) {
  constexpr std::string_view names[] = {"launch",    "divergence", "collective", "deadlock",    "race",
                                        "unwritten", "outside",    "misaligned", "unsupported", "memory"};
  return names[static_cast<std::size_t>(finding)];
}

void fail(Finding finding, Site site, const std::string& detail) {
  if (execution == nullptr || self == nullptr) throw Error(finding, fmt::format("{}: {}: {}", name_of(finding), text(site), detail));
  throw Error(finding, fmt::format("{}: {}, block {}, thread {}, {}: {}", name_of(finding), of_kernel(), text(execution->current.index),
                                   text(self->index), text(site), detail));
}

void launching::park(std::exception_ptr found) {
  execution->parked = std::move(found);
  execution->running->fiber->suspend();
  std::abort(); // nobody resumes it
}

void launch(Stream* stream, const Grid& grid, const void* kernel, bool checked, void (*body)(void*), void* arguments, std::size_t bytes) {
  if (execution != nullptr) throw Error(Finding::launch, "launch: a kernel cannot launch another one");
  if (stream == nullptr) throw Error(Finding::launch, fmt::format("launch: {}: no stream; pass on Launch::stream", kernel_name(kernel)));
  check_shape(grid, kernel);
  Execution e;
  e.stream = stream;
  e.kernel = kernel;
  e.checked = checked;
  e.dice.state = stream->options.seed + (stream->launches++ << 32);
  e.current.grid = grid;
  e.current.stream = stream;
  e.current.threads = static_cast<unsigned>(volume(grid.threads));
  std::vector<std::uint64_t> order(volume(grid.blocks));
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  if (stream->options.order == Order::descending) std::reverse(order.begin(), order.end());
  if (stream->options.order == Order::random || stream->options.order == Order::warp_greedy) shuffle(order, e.dice);
  const Guard guard(e);
  access::arguments(arguments, bytes);
  for (const std::uint64_t index : order) {
    e.current.linear = index;
    e.current.index = {static_cast<unsigned>(index % grid.blocks.x), static_cast<unsigned>(index / grid.blocks.x % grid.blocks.y),
                       static_cast<unsigned>(index / (std::uint64_t{grid.blocks.x} * grid.blocks.y))};
    run_block(body, arguments);
  }
}

BarrierResult barrier(Site site, bool value) {
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
  if (ready(context)) return;
  Running& me = *execution->running;
  me.ready = ready;
  me.context = context;
  sleep(State::waiting, site, what);
}

Extent thread_index() { return self->index; }
Extent block_index() { return execution->current.index; }
Extent block_shape() { return execution->current.grid.threads; }
Extent grid_shape() { return execution->current.grid.blocks; }
unsigned lane() { return self->lane; }

std::uint64_t draw() { return execution->dice.next(); }

float perturbed(float x, float relative) {
  if (execution == nullptr || !options().perturb) return x;
  const float u = static_cast<float>(draw() >> 40) * 0x1p-23f - 1; // [-1, 1)
  return x * (1 + relative * u);
}

} // namespace assay::simt
