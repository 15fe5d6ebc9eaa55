// Mbarriers, and the bulk copies of tensor tiles that complete on them. PTX ISA, "mbarrier" and "cp.async.bulk.tensor". With
// Options::late a tile arrives when no thread can go on without it, and holds ones until then; tiles in flight arrive in random order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simt/thread.hpp"

namespace assay::simt::bulk {

// Called by the executor. complete_one() says whether anything was in flight.
void begin_block();
bool complete_one();
void end_block();

// On an object of 8 bytes in shared memory, 8-aligned.
void init(void* barrier, unsigned count, Site site);
void arrive(void* barrier, unsigned expected_bytes, Site site);
void wait(void* barrier, unsigned parity, Site site);

// A matrix in device memory and the box that one copy brings.
struct alignas(64) TensorMap {
  const std::byte* base;
  std::size_t rows, columns, row_bytes; // row_bytes: from one row to the next
  unsigned box_rows, box_columns, element_bytes;
  bool swizzled; // 16-byte pieces of 128-byte rows: piece p of row r lies at p ^ (r % 8)
};
// Throws Error for what the CUDA driver's cuTensorMapEncodeTiled refuses.
void check(const TensorMap& map);

// The box whose first element is (row, column); zeros outside of the matrix. All of its bytes count on the barrier.
void load(void* to, const TensorMap& map, int row, int column, void* barrier, Site site);

} // namespace assay::simt::bulk
