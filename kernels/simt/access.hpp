// The access checker: kernels compiled with -fsanitize=thread report every load and store to hooks of ours instead of libtsan's,
// which knows nothing of blocks, warps and barriers. Two accesses of one launch to the same byte, at least one a write, not both
// atomic, are a race unless the same thread makes both, a barrier of their block or a __syncwarp of their warp lies between them, or
// one block released (write, __threadfence, atomic) what the other acquired (atomic on the same address, __threadfence).
// These functions are called by the executor and by the intrinsics; the running thread is simt::self. All of them do nothing while
// no checked kernel runs, apart from those of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/simt/access_hooks.hpp"
#include "kernels/simt/executor.hpp"

namespace assay::simt::access {

// Memory: from kernels/simt/memory.cpp. `live` bytes are never-written until said otherwise.
void allocated(const void* memory, std::size_t live);
void released(const void* memory, std::size_t live);
void host_wrote(const void* memory, std::size_t bytes);
void host_poisoned(const void* memory, std::size_t bytes);

// Execution: from kernels/simt/executor.cpp.
void begin_launch(bool checked, bool report); // report: Options::access
void end_launch();
bool launch_is_checked();
void arguments(const void* memory, std::size_t bytes); // of the launch: threads may read them
void begin_block();                                    // simt::block is set; shared memory is never-written
void shared_allocated(const void* memory, std::size_t bytes);
void barrier_passed();                                // by all threads of the block
void warp_synchronised(unsigned warp, unsigned mask); // __syncwarp and what orders memory like it
// Stack of the running fiber, which is the thread's own.
void fiber_stack(const void* low, std::size_t bytes);

// Instructions: from kernels/simt/intrinsics.hpp and kernels/device/, which are not instrumented or whose plain accesses mean
// something else.
void atomic(const void* address, std::size_t bytes, Site site);
void fence(); // __threadfence of the running thread
// What is known of each thread of the block: its last segment that is over. Mbarriers hand it on.
using Clock = std::vector<std::uint32_t>;
void keep_clocks();        // from here to the end of the block
void release(Clock& into); // all that the running thread has done and knows
// A write by hardware on the thread's behalf, at any time until somebody acquires `into`; barriers do not wait for it.
void write_asynchronously(const void* address, std::size_t bytes, Site site, Clock& into);
void acquire(const Clock& from);            // to the running thread
void merge(Clock& into, const Clock& from); // the later of each
void read(const void* address, std::size_t bytes, Site site);
void wrote(const void* address, std::size_t bytes, Site site);
// Asynchronous copies write at any time between issue and completion: they count as writes at both.
void asynchronous_issue(const void* to, std::size_t bytes, Site site);
void asynchronous_done(const void* to, std::size_t bytes, Site site);

// Hooks look while a thread's own code runs, and look away in what it calls of the executor: that may be compiled with hooks as well,
// since the linker keeps one copy of an inline function of the standard library, no matter whose.
class Looking {
public:
  Looking() { active = launch_is_checked(); }
  ~Looking() { active = false; }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
};
class Away {
public:
  Away() { active = false; }
  ~Away() { active = was_; }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

private:
  bool was_ = active;
};

} // namespace assay::simt::access
