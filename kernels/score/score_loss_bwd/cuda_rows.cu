// Neighbouring lanes share a point and its projection, four dimensions each where rows are of fours; a point's numbers come from memory
// once, the second time from the first cache. Limit: memory bandwidth, 2 sizeof(T) + 4 bytes an element.
#include "kernels/score/losses.cuh"

namespace assay {
namespace {

template <class T, int count> __global__ void __launch_bounds__(threads) differentiate(Points<T> p, int lanes, float share, float* d_s) {
  const int t = static_cast<int>(threadIdx.x), lane = t % lanes;
  const std::int64_t point = p.first() + static_cast<std::int64_t>(blockIdx.x) * (threads / lanes) + t / lanes;
  const float by = p.by();
  const float q = p.kind == Matching::sliced ? share * projection<count>(p, point, lane, lanes) : 0;
  if (point >= p.past()) return;
  for (std::int64_t at = point * p.dim + count * lane; at < (point + 1) * p.dim; at += count * lanes) {
    Neighbours<count, float> d;
    if (p.kind == Matching::sliced) {
      const auto other = Neighbours<count, T>::at(p.other + at);
#pragma unroll
      for (int k = 0; k < count; ++k) d.of[k] = q * other[k];
    } else {
      residual(p, by, at, d.of);
#pragma unroll
      for (int k = 0; k < count; ++k) d.of[k] *= share;
    }
    Neighbours<count, float>::at(d_s + at) = d;
  }
}

template <class T> void run(const ScoreLossBwd::Problem& p, const ScoreLossBwd::Args<T>& a, const Launch& launch) {
  const bool pair = p.kind == Matching::exact || p.kind == Matching::denoising;
  const int lanes = lanes_for(p.dim), each = threads / lanes;
  gpu::launch({dim3(static_cast<unsigned>((p.points + each - 1) / each), static_cast<unsigned>(p.levels)), threads, 0, launch.stream},
              together_for(p.dim) == 1 ? differentiate<T, 1> : differentiate<T, most_together>, points_of(p, a), lanes,
              static_cast<float>((pair ? 2.0 : 1.0) / p.points), a.d_s);
}

template <class T> constexpr Variant<ScoreLossBwd, T> variant() {
  return {.name = "cuda_rows",
          .idea = "neighbouring lanes share a point and its projection",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = grid_holds};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
