// One launch for the whole list: a table of chunks on the device, a block for each, 16-byte loads, several in flight before
// the first is used. The new sum of squares is taken from registers; the last block of a group folds the partial sums of its
// chunks in a fixed order, so that there is no second launch and no atomic sum.
// Limit: memory bandwidth, 20 bytes a parameter in fp32. Groups far below 16384 elements leave threads of a block idle.
// passes=full: flags and sums in two launches before; what they read comes from memory again.
#include "kernels/optimizer/chunks.cuh"
#include "kernels/optimizer/scalars.hpp"

namespace assay {
namespace {

using namespace optimizer;

struct Flags {
  const std::uint8_t* bad;
  std::uint8_t* sticky;
  unsigned* readers; // for each tensor: blocks that have read its sticky flag; zero between launches
  bool sticks;       // whether sticky flags are used at all
};

template <class P, class G> __global__ void __launch_bounds__(threads, 4)
    step(const Chunk* table, P* theta, const G* g, float* m, const float* sum_sq, Flags flags, Meeting meeting, float* new_sum_sq,
         Scalars s) {
  constexpr int V = row_width<P, G>;
  const Chunk chunk = table[blockIdx.x];
  const bool bad = s.guarded && flags.bad[chunk.tensor] != 0;
  const bool stuck = flags.sticks && flags.sticky[chunk.tensor] != 0;
  const bool shrinks = bad || stuck, moves = !bad || (s.first && !s.immediate);
  const bool elementwise = chunk.kind == TensorKind::vector || chunk.kind == TensorKind::gain;
  const float eta = elementwise ? s.alpha * 0.5f : s.alpha * (sqrtf(sum_sq[chunk.group]) * chunk.root);
  const float lambda = elementwise ? 0.0f : s.decay, centre = chunk.kind == TensorKind::gain ? 1.0f : 0.0f;

  float slot[V] = {};
  const auto one = [&](float& theta_k, float g_k, float& m_k, float& sum) {
    if (moves) m_k = fmaf(s.kept, m_k, bad ? 0.0f : s.scale * g_k);
    const float sign = m_k > 0 ? 1.0f : m_k < 0 ? -1.0f : m_k; // zero and NaN as they are
    const float moved = shrinks ? fmaf(s.shrink, theta_k - centre, centre) : fmaf(-eta, fmaf(lambda, theta_k, sign), theta_k);
    theta_k = rounded<P>(moved);
    sum = fmaf(theta_k, theta_k, sum);
  };
  theta += chunk.begin, g += chunk.begin, m += chunk.begin;
  for_rows<V, 8 / V>(
      chunk,
      [&](int e, auto together) {
        constexpr int rows = decltype(together)::count;
        float a[rows][V], b[rows][V], c[rows][V];
#pragma unroll
        for (int r = 0; r < rows; ++r) {
          load_row(theta + e + r * V * threads, a[r]);
          load_row(g + e + r * V * threads, b[r]);
          load_row(m + e + r * V * threads, c[r]);
        }
#pragma unroll
        for (int r = 0; r < rows; ++r) {
#pragma unroll
          for (int k = 0; k < V; ++k) one(a[r][k], b[r][k], c[r][k], slot[k]);
          store_row(theta + e + r * V * threads, a[r]);
          if (moves) store_row(m + e + r * V * threads, c[r]);
        }
      },
      [&](int e, int k) {
        float a = widened(theta[e]), c = m[e];
        one(a, widened(g[e]), c, slot[k]);
        put(theta + e, a);
        if (moves) m[e] = c;
      });

  publish(chunk, chunk_sum(chunk, slot), meeting, new_sum_sq);
  // Every thread of the block has read the flag before the barriers above; the last block of the tensor uses it up.
  if (stuck && threadIdx.x == 0) {
    __threadfence();
    if (atomicAdd(&flags.readers[chunk.tensor], 1u) != static_cast<unsigned>(chunk.siblings) - 1) return;
    __threadfence();
    flags.sticky[chunk.tensor] = 0;
    flags.readers[chunk.tensor] = 0;
  }
}

struct Scratch {
  std::int64_t chunks, tensor_chunks;
  Chunk *table, *tensor_table; // the second one, and what follows `readers`, only with passes=full
  Meeting meeting;
  unsigned *readers, *found, *tickets;
  float* sums;
  std::uint8_t* bad;
  std::size_t bytes;

  Scratch(const Layout& list, Passes passes, const void* memory) {
    Carver carver(memory);
    const std::int64_t more = passes == Passes::full ? 1 : 0;
    chunks = chunk_count(list, Unit::group, chunk_elements);
    tensor_chunks = more * chunk_count(list, Unit::tensor, chunk_elements);
    table = carver.take<Chunk>(chunks);
    meeting = {carver.take<float>(chunks), carver.take<unsigned>(chunks)};
    readers = carver.take<unsigned>(list.count());
    tensor_table = carver.take<Chunk>(tensor_chunks);
    found = carver.take<unsigned>(more * list.count());
    tickets = carver.take<unsigned>(more * list.count());
    sums = carver.take<float>(more * list.groups);
    bad = carver.take<std::uint8_t>(more * list.count());
    bytes = carver.used();
  }
};

std::size_t scratch(const TigerStep::Problem& p) { return Scratch(layout(p.tensors), p.passes, nullptr).bytes; }

void prepare(const TigerStep::Problem& p, const Launch& launch) {
  const Layout list = layout(p.tensors);
  const Scratch at(list, p.passes, launch.scratch.data());
  gpu::clear(launch.scratch.data(), at.bytes, launch.stream);
  gpu::upload(at.table, chunk_table(list, Unit::group, chunk_elements).data(), static_cast<std::size_t>(at.chunks) * sizeof(Chunk),
              launch.stream);
  if (p.passes == Passes::full)
    gpu::upload(at.tensor_table, chunk_table(list, Unit::tensor, chunk_elements).data(),
                static_cast<std::size_t>(at.tensor_chunks) * sizeof(Chunk), launch.stream);
}

template <class P, class G> void run(const TigerStep::Problem& p, const TigerStep::Args<P, G, float>& a, const Launch& launch) {
  const Layout list = layout(p.tensors);
  const Scratch at(list, p.passes, launch.scratch.data());
  const Scalars s = scalars(p);
  const bool full = p.passes == Passes::full;
  if (full && s.guarded)
    gpu::launch({blocks(at.tensor_chunks), threads, 0, launch.stream}, flag_chunks<G>, at.tensor_table, a.g, s.nan_only, at.found,
                at.tickets, at.bad);
  if (full) gpu::launch({blocks(at.chunks), threads, 0, launch.stream}, sum_chunks<P>, at.table, a.theta, at.meeting, at.sums);
  gpu::launch({blocks(at.chunks), threads, 0, launch.stream}, step<P, G>, at.table, a.theta, a.g, a.m, full ? at.sums : a.sum_sq,
              Flags{full ? at.bad : a.bad, a.sticky, at.readers, uses_sticky(p)}, at.meeting, a.new_sum_sq, s);
}

template <class P, class G> constexpr Variant<TigerStep, P, G, float> variant() {
  return {.name = "cuda_vec",
          .idea = "one launch: table of chunks, 16-byte loads, sums folded by the last block of a group",
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
