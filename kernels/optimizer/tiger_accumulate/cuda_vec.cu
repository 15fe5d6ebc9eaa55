// One launch for the whole list: a table of chunks on the device, a block for each, 16-byte loads, several in flight.
// Limit: memory bandwidth, 12 bytes a parameter in fp32. A bad tensor that shrinks at once is folded like a step's.
#include "kernels/optimizer/chunks.cuh"
#include "kernels/optimizer/scalars.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P, class G> __global__ void __launch_bounds__(threads)
    micro_step(const Chunk* table, const G* g, float* m, const std::uint8_t* bad, std::uint8_t* sticky, P* theta, float* sum_sq,
               Meeting meeting, Scalars s) {
  constexpr int V = row_width<P, G>;
  const Chunk chunk = table[blockIdx.x];
  const bool is_bad = s.guarded && bad[chunk.tensor] != 0;
  if (!is_bad || (s.first && !s.immediate)) {
    g += chunk.begin, m += chunk.begin;
    const auto one = [&](float g_k, float m_k) { return fmaf(s.kept, m_k, is_bad ? 0.0f : s.scale * g_k); };
    for_rows<V, 16 / V>(
        chunk,
        [&](int e, auto together) {
          constexpr int rows = decltype(together)::count;
          float b[rows][V], c[rows][V];
#pragma unroll
          for (int r = 0; r < rows; ++r) {
            load_row(g + e + r * V * threads, b[r]);
            load_row(m + e + r * V * threads, c[r]);
          }
#pragma unroll
          for (int r = 0; r < rows; ++r) {
#pragma unroll
            for (int k = 0; k < V; ++k) c[r][k] = one(b[r][k], c[r][k]);
            store_row(m + e + r * V * threads, c[r]);
          }
        },
        [&](int e, int) { m[e] = one(widened(g[e]), m[e]); });
  }
  if (!is_bad) return;
  if (!s.immediate) { // chunks are of tensors here: one block of each sets the flag
    if (static_cast<int>(blockIdx.x) == chunk.first && threadIdx.x == 0) sticky[chunk.tensor] = 1;
    return;
  }
  const float centre = chunk.kind == TensorKind::gain ? 1.0f : 0.0f;
  float slot[V] = {};
  theta += chunk.begin;
  for_rows<V, 0>( // rare, so element by element
      chunk, [](int, auto) {},
      [&](int e, int k) {
        const float x = rounded<P>(fmaf(s.shrink, widened(theta[e]) - centre, centre));
        put(theta + e, x);
        slot[k] = fmaf(x, x, slot[k]);
      });
  publish(chunk, chunk_sum(chunk, slot), meeting, sum_sq);
}

struct Scratch {
  std::int64_t chunks;
  Chunk* table;
  Meeting meeting;
  std::size_t bytes;

  Scratch(std::int64_t count, const void* memory) : chunks(count) {
    Carver carver(memory);
    table = carver.take<Chunk>(chunks);
    meeting = {carver.take<float>(chunks), carver.take<unsigned>(chunks)};
    bytes = carver.used();
  }
};

// Chunks of groups only where parameters move: their sums are of groups.
Unit unit_of(const TigerAccumulate::Problem& p) { return p.policy == Policy::immediate ? Unit::group : Unit::tensor; }

Scratch scratch_of(const TigerAccumulate::Problem& p, const void* memory) {
  return {chunk_count(layout(p.tensors), unit_of(p), chunk_elements), memory};
}

std::size_t scratch(const TigerAccumulate::Problem& p) { return scratch_of(p, nullptr).bytes; }

void prepare(const TigerAccumulate::Problem& p, const Launch& launch) {
  const Scratch at = scratch_of(p, launch.scratch.data());
  gpu::clear(launch.scratch.data(), at.bytes, launch.stream);
  gpu::upload(at.table, chunk_table(layout(p.tensors), unit_of(p), chunk_elements).data(),
              static_cast<std::size_t>(at.chunks) * sizeof(Chunk), launch.stream);
}

template <class P, class G> void run(const TigerAccumulate::Problem& p, const TigerAccumulate::Args<P, G, float>& a, const Launch& launch) {
  const Scratch at = scratch_of(p, launch.scratch.data());
  gpu::launch({blocks(at.chunks), threads, 0, launch.stream}, micro_step<P, G>, at.table, a.g, a.m, a.bad, a.sticky, a.theta, a.sum_sq,
              at.meeting, scalars(p));
}

template <class P, class G> constexpr Variant<TigerAccumulate, P, G, float> variant() {
  return {.name = "cuda_vec",
          .idea = "one launch: table of chunks, 16-byte loads",
          .numerics = numerics::stored_as<P>(),
          .repeatable = true,
          .run = run<P, G>,
          .scratch = scratch,
          .prepare = prepare};
}

} // namespace

ASSAY_VARIANT(variant<float, float>());
ASSAY_VARIANT(variant<float, Bf16>());
ASSAY_VARIANT(variant<Bf16, Bf16>());

} // namespace assay
