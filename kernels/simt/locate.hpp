// Names and lines of code addresses, from the program's debug information. Slow: for errors.
#pragma once

#include <cstdint>
#include <string>

namespace assay::simt {

// Where the program lies in memory: addresses of code minus this are what its debug information knows.
std::uintptr_t load_address();
// "step<float>" without namespaces and parameters; a hexadecimal offset where the program does not know.
std::string kernel_name(const void* code);
// "kernels/optimizer/chunks.cuh:88": the innermost line that is neither the executor's nor the system's.
std::string line_of(const void* code);

} // namespace assay::simt
