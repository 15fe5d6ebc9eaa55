#include "kernels/simt/executor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/simt/access.hpp"
#include "kernels/simt/async.hpp"
#include "kernels/simt/bulk.hpp"
#include "kernels/simt/execution.hpp"
#include "kernels/simt/launching.hpp"
#include "kernels/simt/locate.hpp"
#include "kernels/simt/registers.hpp"
#include "kernels/simt/warpgroup.hpp"

namespace assay::simt {

const Thread* self = nullptr;
const Block* block = nullptr;
Execution* execution = nullptr;

namespace {

constexpr unsigned most_threads = 1024;

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

void run(Running& thread) {
  Execution& e = *execution;
  e.running = &thread;
  self = &thread.thread;
  if (e.checked) access::fiber_stack(thread.fiber->stack(), Fiber::stack_bytes());
  thread.fiber->resume();
  if (e.parked) {
    parked_fibers().push_back(std::exchange(*std::find(fibers().begin(), fibers().end(), thread.fiber), new Fiber));
    thread.fiber = nullptr;
    std::rethrow_exception(e.parked);
  }
  self = nullptr;
  if (!thread.fiber->busy()) returned(thread);
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

struct Job { // of every thread
  void (*body)(void*);
  void* arguments;
};

void work(void* memory) {
  const Job& job = *static_cast<const Job*>(memory);
  const access::Looking looking;
  job.body(job.arguments);
}

void run_block(Job& job) {
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
    thread.fiber->begin(work, &job);
  }
  e.live = count;
  e.arrived = 0;
  e.nonzero = 0;
  const bool odd = options().seed % 2 != 0;
  launching::begin_shared(!options().poison ? std::byte{0} : odd ? std::byte{0x5A} : std::byte{0xFF}, e.current.grid.shared, count);
  access::begin_block();
  async::begin_block();
  bulk::begin_block();
  warpgroup::begin_block();
  registers::begin_block();
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (options().order == Order::descending) std::reverse(order.begin(), order.end());
  while (e.live > 0) {
    if (!pass(order) && !bulk::complete_one()) deadlock();
  }
  async::end_block();
  bulk::end_block();
  warpgroup::end_block();
  registers::end_block();
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
  constexpr std::string_view names[] = {"launch",  "divergence", "collective", "deadlock",    "race",  "unwritten",
                                        "outside", "misaligned", "pending",    "unsupported", "memory"};
  return names[static_cast<std::size_t>(finding)];
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
  Job job{body, arguments};
  const Guard guard(e);
  access::arguments(arguments, bytes);
  for (const std::uint64_t index : order) {
    e.current.linear = index;
    e.current.index = {static_cast<unsigned>(index % grid.blocks.x), static_cast<unsigned>(index / grid.blocks.x % grid.blocks.y),
                       static_cast<unsigned>(index / (std::uint64_t{grid.blocks.x} * grid.blocks.y))};
    run_block(job);
  }
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
