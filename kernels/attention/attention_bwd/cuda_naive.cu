// P and dS of all visible pairs go through memory, as in a framework without fusion: one thread per pair computes them, then one thread per
// element of each gradient adds up its column or row. A query's pairs are stored by distance, [row][distance], zeros where it sees nothing.
// Limit: 8 bytes a pair written, and read again by every element of a gradient.
#include "kernels/attention/backward.cuh"
#include "kernels/attention/bias_gradient.cuh"

namespace assay {
namespace {

constexpr int threads = 256;

struct Scratch {
  BiasGradient bias;
  std::byte* table;
  Row* rows;
  float *weights, *ds; // P and dS, [batch, head, query, distance]
  std::size_t bytes;

  Scratch(const attention::Problem& p, Carver carver) : bias(p, carver) {
    table = carver.take<std::byte>(static_cast<std::int64_t>(bias_scratch(p)));
    rows = carver.take<Row>(rows_of(p));
    weights = carver.take<float>(rows_of(p) * bias.distances);
    ds = carver.take<float>(rows_of(p) * bias.distances);
    bytes = carver.used();
  }
};

// Which item of a flat launch this thread has.
__device__ std::int64_t item() { return static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x; }

template <class T> __global__ void __launch_bounds__(threads) find_pairs(const __grid_constant__ Backward<T> f, float* weights, float* ds) {
  const Sizes& s = f.s;
  const std::int64_t at = item(), row = at / f.bias.distances;
  if (row >= std::int64_t{s.batch} * s.heads * s.queries) return;
  const int i = static_cast<int>(row % s.queries), h = static_cast<int>(row / s.queries % s.heads);
  const int b = static_cast<int>(row / s.queries / s.heads), j = i + s.keys - s.queries - static_cast<int>(at % f.bias.distances);
  const Range seen = visible(s, i, length_of(s, f.length, b));
  const Pair pair = j >= seen.first && j < seen.past ? pair_of(f, b, h, i, j) : Pair{0, 0};
  weights[at] = pair.weight;
  ds[at] = pair.ds;
}

template <class T> __global__ void __launch_bounds__(threads) sum_dq(const __grid_constant__ Backward<T> f, const float* ds) {
  const Sizes& s = f.s;
  const std::int64_t row = item() / s.dim;
  if (row >= std::int64_t{s.batch} * s.heads * s.queries) return;
  const int l = static_cast<int>(item() % s.dim), i = static_cast<int>(row % s.queries);
  const int h = static_cast<int>(row / s.queries % s.heads), b = static_cast<int>(row / s.queries / s.heads);
  const Range seen = visible(s, i, length_of(s, f.length, b));
  const T* const k = f.k + s.k.at(b, h / s.group, 0) + l;
  const float* const of_row = ds + row * f.bias.distances + i + s.keys - s.queries;
  float sum = 0;
  for (int j = seen.first; j < seen.past; ++j) sum = fmaf(of_row[-j], gpu::widened(k[j * s.k.position]), sum);
  f.d_q[s.q.at(b, h, i) + l] = gpu::narrowed<T>(sum * (f.scale * f.rows[row].scale));
}

// dk from dS and q where `of_key`, else dv from P and do.
template <bool of_key, class T> __global__ void __launch_bounds__(threads)
    sum_dk_dv(const __grid_constant__ Backward<T> f, const float* weights) {
  const Sizes& s = f.s;
  const int width = of_key ? s.dim : s.value_dim, l = static_cast<int>(item() % width);
  const std::int64_t of = item() / width;
  if (of >= std::int64_t{s.batch} * s.kv_heads * s.keys) return;
  const int j = static_cast<int>(of % s.keys), kv_head = static_cast<int>(of / s.keys % s.kv_heads);
  const int b = static_cast<int>(of / s.keys / s.kv_heads);
  const Places places = of_key ? s.q : s.o;
  const Range by = seen_by(s, j);
  float sum = 0;
  if (j < length_of(s, f.length, b))
    for (int h = kv_head * s.group; h < (kv_head + 1) * s.group; ++h) {
      const T* const from = (of_key ? f.q : f.d_o) + places.at(b, h, 0) + l;
      for (int i = by.first; i < by.past; ++i) {
        const std::int64_t row = f.row(b, h, i);
        const float weight = weights[row * f.bias.distances + i + s.keys - s.queries - j];
        sum = fmaf(of_key ? weight * f.rows[row].scale : weight, gpu::widened(from[i * places.position]), sum);
      }
    }
  if constexpr (of_key)
    f.d_k[s.k.at(b, kv_head, j) + l] = gpu::narrowed<T>(sum * f.scale);
  else
    f.d_v[s.v.at(b, kv_head, j) + l] = gpu::narrowed<T>(sum);
}

__global__ void __launch_bounds__(threads) sum_diagonals(Sizes s, int distances, const float* ds, float* diagonal) {
  const std::int64_t h = item() / distances;
  if (h >= s.heads) return;
  float sum = 0;
  for (int b = 0; b < s.batch; ++b)
    for (int i = 0; i < s.queries; ++i) sum += ds[((b * s.heads + h) * s.queries + i) * distances + item() % distances];
  diagonal[item()] = sum;
}

template <class T> void run(const attention::Problem& p, const AttentionBwd::Args<T>& a, const Launch& launch) {
  const Scratch at(p, Carver(launch.scratch.data()));
  const Backward<T> f = backward(p, a, at.rows, at.table, launch.stream);
  const std::int64_t rows = rows_of(p), keys = std::int64_t{p.batch} * p.kv_heads * p.keys;
  const auto shape = [&](std::int64_t items) { return gpu::Shape{blocks(items, threads), threads, 0, launch.stream}; };
  gpu::launch(shape(rows * at.bias.distances), find_pairs<T>, f, at.weights, at.ds);
  gpu::launch(shape(rows * p.dim), sum_dq<T>, f, at.ds);
  gpu::launch(shape(keys * p.dim), sum_dk_dv<true, T>, f, at.ds);
  gpu::launch(shape(keys * p.value_dim), sum_dk_dv<false, T>, f, at.weights);
  if (p.bias == Bias::none) return;
  gpu::launch(shape(std::int64_t{p.heads} * at.bias.distances), sum_diagonals, f.s, at.bias.distances, at.ds, a.diagonal);
  bias_gradient(at.bias, a.diagonal, a.bias, a.d_bias, launch.stream);
}

std::size_t scratch(const attention::Problem& p) { return Scratch(p, Carver(nullptr)).bytes; }

template <class T> constexpr Variant<AttentionBwd, T> variant() {
  return {.name = "cuda_naive",
          .idea = "P and dS of all pairs through memory, a thread per element",
          .numerics = numerics::stored_as<T>(),
          .repeatable = true,
          .run = run<T>,
          .accepts = [](const attention::Problem& p) { return scratch(p) <= std::size_t{1} << 33; },
          .scratch = scratch,
          .prepare = [](const attention::Problem& p,
                        const Launch& launch) { prepare_gradient(Scratch(p, Carver(launch.scratch.data())).bias, p.dim, launch.stream); }};
}

} // namespace

ASSAY_VARIANT(variant<float>());
ASSAY_VARIANT(variant<Bf16>());
ASSAY_VARIANT(variant<Fp16>());

} // namespace assay
