// One block per group, one element at a time.
// Limit: a large group keeps one multiprocessor busy and leaves the others idle; loads of 4 bytes, none ahead of its use.
#include "kernels/optimizer/groups.cuh"
#include "kernels/optimizer/scalars.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P, class G> __global__ void __launch_bounds__(threads)
    micro_step(const Chunk* table, const G* g, float* m, const std::uint8_t* bad, std::uint8_t* sticky, P* theta, float* sum_sq,
               Scalars s) {
  const Chunk group = table[blockIdx.x];
  const bool is_bad = s.guarded && bad[group.tensor] != 0;
  const float centre = group.kind == TensorKind::gain ? 1.0f : 0.0f;
  for (std::int64_t i = group.begin + threadIdx.x; i < group.begin + group.length; i += threads) {
    if (!is_bad)
      m[i] = fmaf(s.kept, m[i], s.scale * widened(g[i]));
    else if (s.first && !s.immediate)
      m[i] = s.kept * m[i];
    if (is_bad && s.immediate) narrow(fmaf(s.shrink, widened(theta[i]) - centre, centre), theta[i]);
  }
  if (!is_bad) return;
  if (!s.immediate) { // one block of each tensor sets the flag
    const bool is_first = blockIdx.x == 0 || table[blockIdx.x - 1].tensor != group.tensor;
    if (is_first && threadIdx.x == 0) sticky[group.tensor] = 1;
    return;
  }
  const double sum = squares(group, theta); // of what this thread itself wrote
  if (threadIdx.x == 0) sum_sq[group.group] = static_cast<float>(sum);
}

std::size_t scratch(const TigerAccumulate::Problem& p) { return static_cast<std::size_t>(layout(p.tensors).groups) * sizeof(Chunk); }

void prepare(const TigerAccumulate::Problem& p, const Launch& launch) {
  upload_table(reinterpret_cast<Chunk*>(launch.scratch.data()), layout(p.tensors), Unit::group, launch.stream);
}

template <class P, class G> void run(const TigerAccumulate::Problem& p, const TigerAccumulate::Args<P, G, float>& a, const Launch& launch) {
  const auto* table = reinterpret_cast<const Chunk*>(launch.scratch.data());
  gpu::launch({blocks(layout(p.tensors).groups), threads, 0, launch.stream}, micro_step<P, G>, table, a.g, a.m, a.bad, a.sticky, a.theta,
              a.sum_sq, scalars(p));
}

template <class P, class G> constexpr Variant<TigerAccumulate, P, G, float> variant() {
  return {.name = "cuda_naive",
          .idea = "one block per group, one element at a time",
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
