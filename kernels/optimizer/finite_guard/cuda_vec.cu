// One launch: a block for each chunk, 16-byte loads, four in flight; the last block of a tensor writes its flag.
// Limit: memory bandwidth of reading, 4 bytes a gradient in fp32.
#include "kernels/optimizer/chunks.cuh"
#include "reference/optimizer/finite_guard.hpp"

namespace assay {
namespace {

using namespace optimizer;

struct Scratch {
  std::int64_t chunks;
  Chunk* table;
  unsigned *found, *tickets;
  std::size_t bytes;

  Scratch(const Layout& list, const void* memory) : chunks(chunk_count(list, Unit::tensor, chunk_elements)) {
    Carver carver(memory);
    table = carver.take<Chunk>(chunks);
    found = carver.take<unsigned>(list.count());
    tickets = carver.take<unsigned>(list.count());
    bytes = carver.used();
  }
};

std::size_t scratch(const FiniteGuard::Problem& p) { return Scratch(layout(p.tensors), nullptr).bytes; }

void prepare(const FiniteGuard::Problem& p, const Launch& launch) {
  const Layout list = layout(p.tensors);
  const Scratch at(list, launch.scratch.data());
  gpu::clear(launch.scratch.data(), at.bytes, launch.stream);
  gpu::upload(at.table, chunk_table(list, Unit::tensor, chunk_elements).data(), static_cast<std::size_t>(at.chunks) * sizeof(Chunk),
              launch.stream);
}

template <class G> void run(const FiniteGuard::Problem& p, const FiniteGuard::Args<G>& a, const Launch& launch) {
  const Scratch at(layout(p.tensors), launch.scratch.data());
  gpu::launch({blocks(at.chunks), threads, 0, launch.stream}, flag_chunks<G>, at.table, a.g, p.guard == Guard::nan_only, at.found,
              at.tickets, a.bad);
}

template <class G> constexpr Variant<FiniteGuard, G> variant() {
  return {.name = "cuda_vec",
          .idea = "a block per chunk, 16-byte loads, flags joined by the last block of a tensor",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<G>,
          .scratch = scratch,
          .prepare = prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
