// cpu_naive in one block: its threads share out the columns of every step of every path, and find the nearest together.
// Limit: one multiprocessor; a tree of comparisons with its barriers for each step of a path.
#include "kernels/transport/assignment/paths.cuh"

namespace assay {
namespace {

template <class T> void run(const Assignment::Problem& p, const Assignment::Args<T>& a, const Launch& launch) {
  gpu::launch({1u, threads, 0, launch.stream}, find_match<T>, pairs_of(p, a), answer_of(a), state_at(launch.scratch.data(), p.n), nullptr);
}

template <class T> constexpr Variant<Assignment, T> variant() {
  return {.name = "cuda_naive",
          .idea = "shortest augmenting paths, one block for all columns",
          .numerics = numerics::f64,
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const Assignment::Problem& p) { return state_bytes(p.n); }};
}

} // namespace

ASSAY_VARIANT(variant<double>());
ASSAY_VARIANT(variant<float>());

} // namespace assay
