// One block per tensor, one gradient at a time.
// Limit: a large tensor keeps one multiprocessor busy and leaves the others idle.
#include "kernels/optimizer/groups.cuh"
#include "reference/optimizer/finite_guard.hpp"

namespace assay {
namespace {

using namespace optimizer;

std::size_t scratch(const FiniteGuard::Problem& p) { return static_cast<std::size_t>(layout(p.tensors).count()) * sizeof(Chunk); }

void prepare(const FiniteGuard::Problem& p, const Launch& launch) {
  upload_table(reinterpret_cast<Chunk*>(launch.scratch.data()), layout(p.tensors), Unit::tensor, launch.stream);
}

template <class G> void run(const FiniteGuard::Problem& p, const FiniteGuard::Args<G>& a, const Launch& launch) {
  const auto* table = reinterpret_cast<const Chunk*>(launch.scratch.data());
  gpu::launch({blocks(layout(p.tensors).count()), threads, 0, launch.stream}, flag_tensors<G>, table, a.g, p.guard == Guard::nan_only,
              a.bad);
}

template <class G> constexpr Variant<FiniteGuard, G> variant() {
  return {.name = "cuda_naive",
          .idea = "one block per tensor, one gradient at a time",
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
