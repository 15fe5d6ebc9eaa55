// From the compiler's hooks to the checker.
#pragma once

#include <cstddef>

namespace assay::simt::access {

extern bool active; // a checked kernel's fiber runs

// An access of the running thread at `code`, the hook's return address. aligned: to its size, as the compiler believes.
void hook(const void* at, std::size_t bytes, bool writes, bool aligned, const void* code);

} // namespace assay::simt::access
