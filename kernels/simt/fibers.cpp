#include "kernels/simt/fibers.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/fiber.hpp>
#include <memory>
#include <new>
#include <utility>

#include "kernels/simt/sanitizer.hpp"

namespace assay::simt {
namespace {

struct Abandoned {};

// The stack is the fiber's own: there is nothing to give back.
struct Kept {
  boost::context::stack_context context;
  boost::context::stack_context allocate() const { return context; }
  void deallocate(boost::context::stack_context&) const {}
};

std::byte* new_stack(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0) throw std::bad_alloc();
  return static_cast<std::byte*>(memory) + page;
}

} // namespace

struct Fiber::Switch {
  boost::context::fiber inside, outside;
  void *fake_inside = nullptr, *fake_outside = nullptr; // AddressSanitizer's
  const void* bottom_outside = nullptr;
  std::size_t bytes_outside = 0;
};

// Kernels need little; frames under AddressSanitizer are several times as large.
std::size_t Fiber::stack_bytes() { return sanitizer::present() ? 512 << 10 : 64 << 10; }

Fiber::Fiber() : stack_(new_stack(stack_bytes())), switch_(new Switch) {
  boost::context::stack_context context;
  context.size = stack_bytes();
  context.sp = stack_ + stack_bytes();
  switch_->inside = boost::context::fiber(std::allocator_arg, boost::context::preallocated(context.sp, context.size, context),
                                          Kept{context}, [this](boost::context::fiber&& outside) {
                                            switch_->outside = std::move(outside);
                                            sanitizer::finish_switch(nullptr, &switch_->bottom_outside, &switch_->bytes_outside);
                                            work();
                                            return std::move(switch_->outside);
                                          });
}

void Fiber::begin(void (*job)(void*), void* argument) {
  job_ = job;
  argument_ = argument;
  busy_ = true;
  started_ = abandoned_ = false;
}

void Fiber::resume() {
  started_ = true;
  sanitizer::start_switch(&switch_->fake_outside, stack_, stack_bytes());
  switch_->inside = std::move(switch_->inside).resume();
  sanitizer::finish_switch(switch_->fake_outside, nullptr, nullptr);
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Fiber::suspend() {
  sanitizer::start_switch(&switch_->fake_inside, switch_->bottom_outside, switch_->bytes_outside);
  switch_->outside = std::move(switch_->outside).resume();
  sanitizer::finish_switch(switch_->fake_inside, &switch_->bottom_outside, &switch_->bytes_outside);
  if (abandoned_) throw Abandoned{};
}

void Fiber::work() {
  for (;;) { // a fiber without a job is suspended here
    try {
      job_(argument_);
    } catch (const Abandoned&) {
    } catch (...) {
      thrown_ = std::current_exception();
    }
    busy_ = abandoned_ = false;
    suspend();
  }
}

void Fiber::abandon() {
  if (busy_ && started_) {
    abandoned_ = true;
    resume();
  }
  busy_ = false;
}

} // namespace assay::simt
