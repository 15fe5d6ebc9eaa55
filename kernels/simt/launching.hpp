// What the parts of the executor tell each other about a launch.
#pragma once

#include <cstddef>
#include <exception>

#include "kernels/simt/executor.hpp"

namespace assay::simt::launching {

// Device memory beside live allocations is forbidden to instrumented code while kernels run; hosts read guard bands.
void close_guards();
void open_guards();
const std::byte* device_range(std::size_t& bytes); // every allocation lies in it

// Ends the launch from a place that no exception may leave, as the compiler's hooks are. The running thread stays where it is for ever.
[[noreturn]] void park(std::exception_ptr found);

// Shared memory of the block that begins: `byte` everywhere, no allocations.
void begin_shared(std::byte byte, std::size_t asked_for, unsigned threads);
// Errors for writes between the allocations.
void end_shared();
void close_shared(); // no block runs
const std::byte* shared_range(std::size_t& bytes);

} // namespace assay::simt::launching
