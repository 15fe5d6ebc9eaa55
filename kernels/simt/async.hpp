// Asynchronous copies: what has been issued and has not taken effect. With Options::late a copy fills its destination with ones when it is
// issued (NaN in every floating type) and reads its source at the wait that asks for it, the last moment that PTX allows.
#pragma once

#include <cstddef>

#include "kernels/simt/thread.hpp"

namespace assay::simt::async {

// Called by the executor.
void begin_block();
void end_block();

// cp.async of the running thread: bytes is 4, 8 or 16; source_bytes of them are copied, the rest is zero. PTX ISA, "cp.async".
void copy(void* to, const void* from, std::size_t bytes, std::size_t source_bytes, Site site);
void commit();
void wait(std::size_t pending, Site site); // for all but the newest `pending` groups

} // namespace assay::simt::async
