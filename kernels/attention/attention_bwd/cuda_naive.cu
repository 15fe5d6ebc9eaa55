// P and dS of all visible pairs go through memory, as in a framework without fusion: one thread per pair computes them, then one thread per
// element of each gradient adds up its column or row. A query's pairs are stored by distance, [row][distance], zeros where it sees nothing.
// Limit: 8 bytes a pair written, and read again by every element of a gradient.
#include "kernels/attention/backward.cuh"
#include "kernels/attention/bias.cuh"
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

template <class T> __global__ void __launch_bounds__(threads)
    find_pairs(Sizes s, Arrays<T> a, BiasTerm bias, const Row* rows, float* weights, float* ds) {
  const std::int64_t pair = item(), row = pair / bias.distances;
  if (row >= std::int64_t{s.batch} * s.heads * s.queries) return;
  const int distance = static_cast<int>(pair % bias.distances), i = static_cast<int>(row % s.queries);
  const int h = static_cast<int>(row / s.queries % s.heads), b = static_cast<int>(row / s.queries / s.heads);
  const int j = i + s.keys - s.queries - distance;
  const Range seen = visible(s, i, length_of(s, a.length, b));
  if (j < seen.first || j >= seen.past) {
    weights[pair] = ds[pair] = 0;
    return;
  }
  const T *const q = a.q + s.q.at(b, h, i), *const d_o = a.d_o + s.o.at(b, h, i);
  const T *const k = a.k + s.k.at(b, h / s.group, j), *const v = a.v + s.v.at(b, h / s.group, j);
  float dot = 0, dp = 0;
  for (int l = 0; l < s.dim; ++l) dot = fmaf(gpu::widened(q[l]), gpu::widened(k[l]), dot);
  for (int e = 0; e < s.value_dim; ++e) dp = fmaf(gpu::widened(d_o[e]), gpu::widened(v[e]), dp);
  const Row of = rows[row];
  const float weight = exp2f(fmaf(dot, s.scale * of.scale, term_of(bias, h, distance)) - of.high - of.low);
  weights[pair] = weight;
  ds[pair] = weight * (dp - of.d);
}

template <class T> __global__ void __launch_bounds__(threads)
    sum_dq(Sizes s, Arrays<T> a, int distances, const Row* rows, const float* ds) {
  const std::int64_t row = item() / s.dim;
  if (row >= std::int64_t{s.batch} * s.heads * s.queries) return;
  const int l = static_cast<int>(item() % s.dim), i = static_cast<int>(row % s.queries);
  const int h = static_cast<int>(row / s.queries % s.heads), b = static_cast<int>(row / s.queries / s.heads);
  const Range seen = visible(s, i, length_of(s, a.length, b));
  const T* const k = a.k + s.k.at(b, h / s.group, 0) + l;
  float sum = 0;
  for (int j = seen.first; j < seen.past; ++j)
    sum = fmaf(ds[row * distances + i + s.keys - s.queries - j], gpu::widened(k[j * s.k.position]), sum);
  a.d_q[s.q.at(b, h, i) + l] = gpu::narrowed<T>(sum * (a.scale * rows[row].scale));
}

// dk from dS and q where `of_key`, else dv from P and do.
template <bool of_key, class T> __global__ void __launch_bounds__(threads)
    sum_dkv(Sizes s, Arrays<T> a, int distances, const Row* rows, const float* weights) {
  const int width = of_key ? s.dim : s.value_dim, l = static_cast<int>(item() % width);
  const std::int64_t of = item() / width;
  if (of >= std::int64_t{s.batch} * s.kv_heads * s.keys) return;
  const int j = static_cast<int>(of % s.keys), kv_head = static_cast<int>(of / s.keys % s.kv_heads);
  const int b = static_cast<int>(of / s.keys / s.kv_heads);
  const Places places = of_key ? s.q : s.o;
  const Range by = seen_by(s, j);
  float sum = 0;
  if (j < length_of(s, a.length, b))
    for (int h = kv_head * s.group; h < (kv_head + 1) * s.group; ++h) {
      const T* const from = (of_key ? a.q : a.d_o) + places.at(b, h, 0) + l;
      const std::int64_t row = (std::int64_t{b} * s.heads + h) * s.queries;
      for (int i = by.first; i < by.past; ++i) {
        const float weight = weights[(row + i) * distances + i + s.keys - s.queries - j];
        sum = fmaf(of_key ? weight * rows[row + i].scale : weight, gpu::widened(from[i * places.position]), sum);
      }
    }
  if constexpr (of_key)
    a.d_k[s.k.at(b, kv_head, j) + l] = gpu::narrowed<T>(sum * a.scale);
  else
    a.d_v[s.v.at(b, kv_head, j) + l] = gpu::narrowed<T>(sum);
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
  const Sizes s = sizes(p);
  const Scratch at(p, Carver(launch.scratch.data()));
  const Arrays<T> all = arrays(p, a);
  const int distances = at.bias.distances;
  const std::int64_t rows = rows_of(p), keys = std::int64_t{p.batch} * p.kv_heads * p.keys;
  const auto shape = [&](std::int64_t items) { return gpu::Shape{blocks(items, threads), threads, 0, launch.stream}; };
  find_rows(p, a, at.rows, launch.stream);
  const BiasTerm bias = bias_term(p, a.bias, at.table, launch.stream);
  gpu::launch(shape(rows * distances), find_pairs<T>, s, all, bias, at.rows, at.weights, at.ds);
  gpu::launch(shape(rows * p.dim), sum_dq<T>, s, all, distances, at.rows, at.ds);
  gpu::launch(shape(keys * p.dim), sum_dkv<true, T>, s, all, distances, at.rows, at.ds);
  gpu::launch(shape(keys * p.value_dim), sum_dkv<false, T>, s, all, distances, at.rows, at.weights);
  if (p.bias == Bias::none) return;
  gpu::launch(shape(std::int64_t{p.heads} * distances), sum_diagonals, s, distances, at.ds, a.diagonal);
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
