// One block per group, one element at a time.
// Limit: a large group keeps one multiprocessor busy and leaves the others idle; loads of 4 bytes, none ahead of its use.
#include "kernels/optimizer/groups.cuh"
#include "kernels/optimizer/scalars.hpp"

namespace assay {
namespace {

using namespace optimizer;

template <class P, class G> __global__ void __launch_bounds__(threads)
    step(const Chunk* table, P* theta, const G* g, float* m, const float* sum_sq, bool full, const std::uint8_t* bad,
         const std::uint8_t* sticky, bool sticks, float* new_sum_sq, Scalars s) {
  const Chunk group = table[blockIdx.x];
  const bool is_bad = s.guarded && bad[group.tensor] != 0;
  const bool shrinks = is_bad || (sticks && sticky[group.tensor] != 0);
  const bool elementwise = group.kind == TensorKind::vector || group.kind == TensorKind::gain;
  const float old = full ? static_cast<float>(squares(group, theta)) : sum_sq[group.group];
  const float eta = elementwise ? s.alpha * 0.5f : s.alpha * (sqrtf(old) * group.root);
  const float lambda = elementwise ? 0.0f : s.decay, centre = group.kind == TensorKind::gain ? 1.0f : 0.0f;
  for (std::int64_t i = group.begin + threadIdx.x; i < group.begin + group.length; i += threads) {
    if (!is_bad)
      m[i] = fmaf(s.kept, m[i], s.scale * widened(g[i]));
    else if (s.first && !s.immediate)
      m[i] = s.kept * m[i];
    const float x = widened(theta[i]), sign = m[i] > 0 ? 1.0f : m[i] < 0 ? -1.0f : m[i]; // zero and NaN as they are
    narrow(shrinks ? fmaf(s.shrink, x - centre, centre) : fmaf(-eta, fmaf(lambda, x, sign), x), theta[i]);
  }
  const double sum = squares(group, theta); // of what this thread itself wrote
  if (threadIdx.x == 0) new_sum_sq[group.group] = static_cast<float>(sum);
}

struct Scratch {
  Chunk *groups, *tensors;
  std::uint8_t* bad; // with passes=full
  std::size_t bytes;

  Scratch(const Layout& list, const void* memory) {
    Carver carver(memory);
    groups = carver.take<Chunk>(list.groups);
    tensors = carver.take<Chunk>(list.count());
    bad = carver.take<std::uint8_t>(list.count());
    bytes = carver.used();
  }
};

std::size_t scratch(const TigerStep::Problem& p) { return Scratch(layout(p.tensors), nullptr).bytes; }

void prepare(const TigerStep::Problem& p, const Launch& launch) {
  const Layout list = layout(p.tensors);
  const Scratch at(list, launch.scratch.data());
  upload_table(at.groups, list, Unit::group, launch.stream);
  upload_table(at.tensors, list, Unit::tensor, launch.stream);
}

template <class P, class G> void run(const TigerStep::Problem& p, const TigerStep::Args<P, G, float>& a, const Launch& launch) {
  const Layout list = layout(p.tensors);
  const Scratch at(list, launch.scratch.data());
  const Scalars s = scalars(p);
  const bool full = p.passes == Passes::full;
  if (full && s.guarded)
    gpu::launch({blocks(list.count()), threads, 0, launch.stream}, flag_tensors<G>, at.tensors, a.g, s.nan_only, at.bad);
  gpu::launch({blocks(list.groups), threads, 0, launch.stream}, step<P, G>, at.groups, a.theta, a.g, a.m, a.sum_sq, full,
              full ? at.bad : a.bad, a.sticky, uses_sticky(p), a.new_sum_sq, s);
  if (uses_sticky(p)) gpu::clear(a.sticky, static_cast<std::size_t>(list.count()), launch.stream);
}

template <class P, class G> constexpr Variant<TigerStep, P, G, float> variant() {
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
