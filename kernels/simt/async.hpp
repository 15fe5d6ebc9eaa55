// Asynchronous copies and barriers of shared memory (cp.async, mbarrier, bulk tensor copies, wgmma): what has been issued and
// has not taken effect. The executor calls these three; the operations themselves are called from kernels/device/.
#pragma once

namespace assay::simt::async {

void begin_block();
// Once in every pass over the threads. Completes some of what may complete by now, at random; `stuck`: no thread can go on, so
// everything that may complete does. Returns whether anything did.
bool pass(bool stuck);
// All threads have gone. What was not waited for completes; barriers that memory still waits on are forgotten.
void end_block();

} // namespace assay::simt::async
