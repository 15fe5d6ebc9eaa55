// Device memory of the executor: one reserved range of addresses in which allocations lie far apart, so that an address says
// which allocation it belongs to and that no access beside one goes unseen.
#pragma once

#include <cstddef>

namespace assay::simt {

// 256-aligned as cudaMalloc aligns. `guard` bytes on both sides of the returned block are readable and writable by the host, but
// kernels may not touch them. Throws std::bad_alloc. Memory is never-written until the host or a kernel writes it; pages
// that nobody touches cost nothing.
void* allocate(std::size_t bytes, std::size_t guard = 0);
void release(void* memory); // what allocate returned

// Copies and fills by the host, as cudaMemcpy and cudaMemset. Throws Error(Finding::memory) when the device side is not inside
// one allocation.
void upload(void* to, const void* from, std::size_t bytes);
void download(void* to, const void* from, std::size_t bytes);
void fill(void* to, int byte, std::size_t bytes);
// As fill, but the memory counts as never written: a kernel that reads it is in error.
void poison(void* to, int byte, std::size_t bytes);

// Bytes from `address` to the end of the live allocation that holds it; 0 when none does.
std::size_t live_bytes(const void* address);

} // namespace assay::simt
