// One thread for each pair, as forwards; gradients of biases by one thread each, which turns all rows once more and adds in double.
// Limit: these sums, a chain over all rows by few threads.
#include "kernels/rope/naive.cuh"
#include "reference/rope/rope_bwd.hpp"

namespace assay {
namespace {

template <class T> void side(const rope::Sizes& s, const Rows<T>& rows, const std::int64_t* position, float* d_bias, const Launch& launch) {
  launch_rows<true>(s, rows, position, launch);
  if (!s.bias) return;
  gpu::launch({blocks_for(units_of(s, rows.heads)), threads, 0, launch.stream}, sum_rows<T>, s, pairs_in(launch, s.rotary), rows, position,
              d_bias);
}

template <class T> void run(const RopeBwd::Problem& p, const RopeBwd::Args<T>& a, const Launch& launch) {
  const rope::Sizes s = rope::sizes(p);
  side<T>(s, {a.d_q_out, nullptr, a.d_q, s.q, p.heads, false}, a.position, a.d_q_bias, launch);
  side<T>(s, {a.d_k_out, nullptr, a.d_k, s.k, p.kv_heads, true}, a.position, a.d_k_bias, launch);
}

template <class T> constexpr Variant<RopeBwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "one thread for each pair; one for each pair of a bias, which turns all rows again",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .scratch = [](const RopeBwd::Problem& p) { return pairs_bytes(p.rotary); },
          .prepare = [](const RopeBwd::Problem& p, const Launch& launch) { upload_pairs(launch, p.rotary, p.base); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
