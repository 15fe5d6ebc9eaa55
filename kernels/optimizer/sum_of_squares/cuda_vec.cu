// One launch: a block for each chunk, 16-byte loads, four in flight; the last block of a group folds its partial sums.
// Limit: memory bandwidth of reading, 4 bytes a parameter in fp32.
#include "kernels/optimizer/chunks.cuh"
#include "reference/optimizer/sum_of_squares.hpp"

namespace assay {
namespace {

using namespace optimizer;

struct Scratch {
  std::int64_t chunks;
  Chunk* table;
  Meeting meeting;
  std::size_t bytes;

  Scratch(const SumOfSquares::Problem& p, const void* memory) : chunks(chunk_count(layout(p.tensors), Unit::group, chunk_elements)) {
    Carver carver(memory);
    table = carver.take<Chunk>(chunks);
    meeting = {carver.take<float>(chunks), carver.take<unsigned>(chunks)};
    bytes = carver.used();
  }
};

std::size_t scratch(const SumOfSquares::Problem& p) { return Scratch(p, nullptr).bytes; }

void prepare(const SumOfSquares::Problem& p, const Launch& launch) {
  const Scratch at(p, launch.scratch.data());
  gpu::clear(launch.scratch.data(), at.bytes, launch.stream);
  gpu::upload(at.table, chunk_table(layout(p.tensors), Unit::group, chunk_elements).data(),
              static_cast<std::size_t>(at.chunks) * sizeof(Chunk), launch.stream);
}

template <class P> void run(const SumOfSquares::Problem& p, const SumOfSquares::Args<P>& a, const Launch& launch) {
  const Scratch at(p, launch.scratch.data());
  gpu::launch({blocks(at.chunks), threads, 0, launch.stream}, sum_chunks<P>, at.table, a.theta, at.meeting, a.sum_sq);
}

template <class P> constexpr Variant<SumOfSquares, P> variant() {
  return {.name = "cuda_vec",
          .idea = "a block per chunk, 16-byte loads, sums folded by the last block of a group",
          .numerics = numerics::f32,
          .repeatable = true,
          .run = run<P>,
          .scratch = scratch,
          .prepare = prepare};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());

} // namespace assay
