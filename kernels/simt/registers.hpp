// Registers that the warps of a block trade among themselves. PTX ISA, "setmaxnreg": taking waits until others have given enough, so that a
// budget that does not add up never goes on.
#pragma once

#include "kernels/simt/thread.hpp"

namespace assay::simt::registers {

// Called by the executor.
void begin_block();
void end_block();

// By all warps of a group of four: from `from` registers a thread to `to`. What a thread has at the start is what the first trade of the
// block says; a block cannot have more than the 65536 of a multiprocessor. Errors: what a warp says it has is not what it has; warps of a
// group do not trade alike.
void trade(unsigned from, unsigned to, Site site);

} // namespace assay::simt::registers
